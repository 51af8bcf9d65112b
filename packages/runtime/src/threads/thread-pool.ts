import { assert } from '@millrace/core'
import { Piscina } from 'piscina'
import type { WorkerTask } from './worker-protocol.js'

/**
 * The threads of one runtime. A job takes as many as it has pipelines, all at once or none: pipelines that wait for one
 * another through exchanges must never wait for a thread. Jobs that find too few free wait in line.
 */
export class ThreadPool {
  readonly size: number
  readonly #pool: Piscina<WorkerTask, void>
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

  /** Ends all threads, whatever they do. */
  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
