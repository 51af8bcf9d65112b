import type { JobStats } from '@millrace/runtime'
import { MultiBar } from 'cli-progress'
import type { SingleBar } from 'cli-progress'
import { Rate, formatBytes, formatCount, formatTime } from './rates.js'

/** Milliseconds between two plain lines where there is no terminal to draw on. */
const LINE_EVERY_MS = 1_000

interface Bars {
  readonly group: MultiBar
  readonly total: SingleBar
  readonly workers: readonly SingleBar[]
}

/**
 * Shows how a job gets on, on stderr: on a terminal as a bar for the job and a line for every worker, elsewhere (when
 * asked for) as a line a second.
 */
export class JobProgress {
  readonly #stream: NodeJS.WriteStream
  #mode: 'bars' | 'lines' | 'off'
  readonly #startMs = performance.now()
  readonly #rates = new Map<string, Rate>()
  #bars: Bars | null = null
  #lastLineMs = 0

  /** @param when `auto`: only on a terminal */
  constructor(stream: NodeJS.WriteStream, when: 'auto' | 'on' | 'off') {
    this.#stream = stream
    this.#mode = when === 'off' ? 'off' : stream.isTTY ? 'bars' : when === 'on' ? 'lines' : 'off'
  }

  show(stats: JobStats): void {
    if (this.#mode === 'off' || (stats.workers.length === 0 && !stats.standsBy)) return
    const ms = performance.now() - this.#startMs
    if (this.#mode === 'bars') return this.#draw(stats, ms)
    // Written or not, every sample counts for the rates.
    const line = `${this.#totalText(stats, ms)}  [${stats.workers.map((w) => this.#workerText(w, ms)).join(' | ')}]\n`
    if (ms - this.#lastLineMs < LINE_EVERY_MS) return
    this.#lastLineMs = ms
    this.#stream.write(line)
  }

  note(text: string): void {
    if (this.#bars !== null) this.#bars.group.log(`${text}\n`)
    else this.#stream.write(`${text}\n`)
  }

  /**
   * Shows the last state and no further one: at the end of the job, or when rows begin to come on the same terminal,
   * where bars would overwrite them.
   */
  end(last: JobStats | null): void {
    if (this.#mode === 'bars' && last !== null) this.show(last)
    this.#bars?.group.stop()
    this.#bars = null
    this.#mode = 'off'
  }

  #draw(stats: JobStats, ms: number): void {
    this.#bars ??= this.#newBars(stats)
    const { total, workers } = this.#bars
    total.update(Math.round((stats.progress ?? 0) * 1_000), { text: this.#totalText(stats, ms) })
    for (const [i, bar] of workers.entries()) {
      const worker = stats.workers[i]
      if (worker !== undefined) bar.update(0, { text: `  core ${i}  ${this.#workerText(worker, ms)}` })
    }
  }

  #newBars(stats: JobStats): Bars {
    const group = new MultiBar({
      stream: this.#stream, hideCursor: true, clearOnComplete: false, format: '{text}', fps: 10,
      barsize: 24, barCompleteChar: '█', barIncompleteChar: '░',
    })
    const total = group.create(1_000, 0, { text: '' }, { format: stats.progress === null ? '{text}' : '{bar} {text}' })
    return { group, total, workers: stats.workers.map(() => group.create(1, 0, { text: '' })) }
  }

  #rate(name: string, ms: number, value: number): number {
    let rate = this.#rates.get(name)
    if (rate === undefined) this.#rates.set(name, (rate = new Rate(ms, value)))
    return rate.add(ms, value)
  }

  #totalText(stats: JobStats, ms: number): string {
    if (stats.standsBy) return `stands by, ${formatCount(stats.rowsIn)} rows so far`
    const rows = this.#rate('rows', ms, stats.rowsIn)
    const bytes = this.#rate('bytes', ms, stats.bytesIn)
    const share = stats.progress === null ? '' : `${(stats.progress * 100).toFixed(0).padStart(3)} %  `
    const left = stats.progress === null || stats.progress === 0 ? null : (stats.elapsedMs * (1 - stats.progress)) / stats.progress
    const watermarks = stats.workers.map((w) => w.watermark).filter((w) => w !== null)
    const watermark = watermarks.length === 0 ? '' : `  watermark ${timeText(Math.min(...watermarks))}`
    const speed = `${formatCount(rows)} rows/s${stats.bytesIn > 0 ? `  ${formatBytes(bytes)}/s` : ''}`
    const stateBytes = stats.workers.reduce((sum, worker) => sum + worker.stateBytes, 0)
    const state = stateBytes === 0 ? '' : `  state ${formatBytes(stateBytes)}`
    return `${share}${formatCount(stats.rowsIn)} rows  ${speed}${watermark}${state}`
      + (stats.progress === null ? '' : `  ${formatTime(left)} left`)
  }

  #workerText(worker: JobStats['workers'][number], ms: number): string {
    const rows = this.#rate(`rows ${worker.index}`, ms, worker.rowsIn)
    const bytes = this.#rate(`bytes ${worker.index}`, ms, worker.bytesIn)
    return `${formatCount(rows)} rows/s${worker.bytesIn > 0 ? ` ${formatBytes(bytes)}/s` : ''}`
  }
}

function timeText(micros: number): string {
  return new Date(micros / 1_000).toISOString().slice(0, 19).replace('T', ' ')
}
