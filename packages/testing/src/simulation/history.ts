import { TRACE_LINES_MAX } from '../limits.js'

/** What happened in a simulation, step by step. Two runs of one seed have the same, which their hashes tell. */
export class History {
  #low = 0x811c9dc5
  #high = 0x1b873593
  #steps = 0
  readonly #lines: string[] = []

  note(actor: string, what: string): void {
    const line = `${++this.#steps} ${actor}: ${what}`
    for (let i = 0; i < line.length; i++) {
      this.#low = Math.imul(this.#low ^ line.charCodeAt(i), 0x01000193)
      this.#high = Math.imul((this.#high << 13) | (this.#high >>> 19), 5) + line.charCodeAt(i)
    }
    this.#lines.push(line)
    if (this.#lines.length > 2 * TRACE_LINES_MAX) this.#lines.splice(0, TRACE_LINES_MAX)
  }

  get steps(): number {
    return this.#steps
  }

  get hash(): string {
    return [this.#high, this.#low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  /** What has happened since there were so many steps. */
  since(steps: number): readonly string[] {
    return steps === this.#steps ? [] : this.#lines.slice(steps - this.#steps)
  }

  /** The last steps, as text. */
  get lines(): readonly string[] {
    return this.#lines.slice(-TRACE_LINES_MAX)
  }
}
