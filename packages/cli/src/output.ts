import { MillraceError } from '@millrace/core'

/** Where rows are printed. It knows when nobody reads them any more, as in `millrace run … | head -1`. */
export class Output {
  readonly #stream: NodeJS.WritableStream
  #failed: NodeJS.ErrnoException | null = null
  readonly #waiting = new Set<() => void>()

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
    // Without a listener a broken pipe would end the process where it stands.
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failed ??= error
      for (const settle of this.#waiting) settle()
    })
  }

  /** True once the other end of the pipe has been closed: whoever read it has seen enough. */
  get readerGone(): boolean {
    return this.#failed?.code === 'EPIPE'
  }

  /** @throws MillraceError SINK_UNWRITABLE if an earlier write has failed */
  check(): void {
    if (this.#failed !== null) throw unwritable(this.#failed)
  }

  /**
   * @returns a promise where the reader is slow: wait for it before writing more
   * @throws MillraceError SINK_UNWRITABLE
   */
  write(text: string): void | Promise<void> {
    this.check()
    if (text === '' || this.#stream.write(text)) return
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#stream.off('drain', settle)
        this.#waiting.delete(settle)
        if (this.#failed === null) resolve()
        else reject(unwritable(this.#failed))
      }
      this.#waiting.add(settle)
      this.#stream.once('drain', settle)
    })
  }
}

function unwritable(cause: Error): MillraceError {
  return new MillraceError('SINK_UNWRITABLE', `standard output cannot be written: ${cause.message}`, {}, { cause })
}
