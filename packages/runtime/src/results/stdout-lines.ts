import { MillraceError } from '@millrace/core'

/** Writes whole lines to a stream, waiting where it is slow. */
export class StdoutLines {
  readonly #stream: NodeJS.WritableStream
  #failed: Error | null = null
  #listening = false

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
  }

  /**
   * @param lines valid until this returns
   * @throws MillraceError SINK_UNWRITABLE, for example when a pipe's reader has gone
   */
  async write(lines: Uint8Array): Promise<void> {
    this.#listen()
    if (this.#failed !== null) throw unwritable(this.#failed)
    const own = Buffer.from(lines)
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(own, (error) => (error == null ? resolve() : reject(unwritable(error))))
    })
  }

  /** A broken pipe is reported as an event too, which would end the process if nobody listened. */
  #listen(): void {
    if (this.#listening) return
    this.#listening = true
    this.#stream.on('error', (error: Error) => {
      this.#failed = error
    })
  }
}

function unwritable(cause: Error): MillraceError {
  return new MillraceError('SINK_UNWRITABLE', `standard output cannot be written: ${cause.message}`, {}, { cause })
}
