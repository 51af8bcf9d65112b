import { MillraceError } from '@millrace/core'
import { STACK_MS_MAX, STUCK_LOOKS_MAX, STUCK_LOOKS_REPORTED } from '../limits.js'
import { Pulse, type WorkerPulse } from './pulse.js'
import { stackOfThread } from './thread-stack.js'

/** One worker as the watchdog sees it: what it has published in shared memory. */
export interface WatchedWorker {
  readonly index: number
  /** Null while it has nothing to do: before it runs, and after its end. */
  pulse(): WorkerPulse | null
  readonly threadId: number
}

export interface WatchdogOptions {
  readonly workers: readonly WatchedWorker[]
  /** Takes a sentence for the user. */
  report(note: string): void
  /** A thread has not come back for so long that it is given up. */
  lost(error: MillraceError): void
  readonly lookMs: number
}

/** Looks at the workers of a job at even intervals: says which of them wait for long, and which do not come back, with their stack. */
export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #pulses: readonly Pulse[]
  readonly #timer: NodeJS.Timeout
  /** One look at a stack at a time: a thread stops for one inspector only. */
  #stacks: Promise<unknown> = Promise.resolve()

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#pulses = options.workers.map(() => new Pulse())
    this.#timer = setInterval(() => this.look(), options.lookMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One look at all workers; what is found is told once for each time that a worker stops going on. */
  look(): void {
    this.#options.workers.forEach((worker, w) => {
      const now = worker.pulse()
      if (now === null) return
      const pulse = this.#pulses[w]!
      pulse.look(now)
      const { kind, looks } = pulse.state
      if (kind === 'waiting' && looks === STUCK_LOOKS_REPORTED) {
        this.#options.report(`worker ${worker.index} has been waiting for ${this.#seconds(looks)} s: its source or its sink does not answer`)
      }
      if (kind === 'stuck' && looks === STUCK_LOOKS_REPORTED) void this.#tell(worker, looks)
      if (kind === 'stuck' && looks === STUCK_LOOKS_MAX) void this.#giveUp(worker, looks)
    })
  }

  #seconds(looks: number): number {
    return Math.round((looks * this.#options.lookMs) / 1_000)
  }

  async #tell(worker: WatchedWorker, looks: number): Promise<void> {
    this.#options.report(`worker ${worker.index} has not come back for ${this.#seconds(looks)} s; it is here:\n${await this.#stackOf(worker)}`)
  }

  async #giveUp(worker: WatchedWorker, looks: number): Promise<void> {
    const stack = await this.#stackOf(worker)
    const message = `worker ${worker.index} has not come back for ${this.#seconds(looks)} s; a function that loops or blocks has to be mended:\n${stack}`
    this.#options.lost(new MillraceError('WORKER_STUCK', message, { worker: worker.index, stack }))
  }

  #stackOf({ threadId }: WatchedWorker): Promise<string> {
    const stack = this.#stacks.then(() => stackOfThread(threadId, STACK_MS_MAX)).catch(() => null)
    this.#stacks = stack
    return stack.then((lines) => lines ?? '    (in native code, or gone)')
  }
}
