import { assert } from '@millrace/core'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { THREAD_LOAD_MS_MAX } from '../limits.js'
import { settledWithin } from './deadline.js'
import type { WorkerTask } from './worker-protocol.js'

/**
 * The threads of one runtime. A job takes as many as it has pipelines, all at once or none: pipelines that wait for one
 * another through exchanges must never wait for a thread. Jobs that find too few free wait in line.
 */
export class ThreadPool {
  readonly size: number
  readonly #pool: Piscina<WorkerTask, void>
  /** When every thread has loaded its code, or has come to nothing. */
  readonly #loaded: Promise<unknown>
  readonly #line: { readonly count: number; readonly admit: () => void }[] = []
  #free: number

  constructor(size: number) {
    this.size = size
    this.#free = size
    this.#pool = new Piscina<WorkerTask, void>({
      filename: new URL('./worker.js', import.meta.url).href,
      minThreads: size,
      maxThreads: size,
      // An idle thread that waits on atomics would not run its event loop.
      atomics: 'disabled',
      recordTiming: false,
    })
    // A thread that dies between jobs is replaced by the pool; in a job its task rejects.
    this.#pool.on('error', () => {})
    this.#loaded = Promise.all(this.#pool.threads.map((thread) => firstOf(thread, ['message', 'exit'])))
  }

  get threads(): Piscina<WorkerTask, void> {
    return this.#pool
  }

  async take(count: number): Promise<() => void> {
    assert(count <= this.size, 'a job has no more pipelines than its runtime has threads')
    if (this.#line.length === 0 && count <= this.#free) this.#free -= count
    else await new Promise<void>((admit) => this.#line.push({ count, admit }))
    let taken = true
    return () => {
      if (!taken) return
      taken = false
      this.#free += count
      this.#admitNext()
    }
  }

  #admitNext(): void {
    for (let next = this.#line[0]; next !== undefined && next.count <= this.#free; next = this.#line[0]) {
      this.#line.shift()
      this.#free -= next.count
      next.admit()
    }
  }

  /** Ends all threads, whatever they do. A thread that is ended while it loads modules would take the whole process with it. */
  async close(): Promise<void> {
    await settledWithin(THREAD_LOAD_MS_MAX, this.#loaded)
    await this.#pool.destroy()
  }
}

function firstOf(thread: Worker, events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const event of events) thread.once(event, () => resolve())
  })
}
