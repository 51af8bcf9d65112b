import { guaranteesText, MillraceError } from '@millrace/core'
import { millrace } from '@millrace/runtime'
import type { Job, JobStats, ResultSink, SelectInfo } from '@millrace/runtime'
import { accessSync, constants, existsSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Writable } from 'node:stream'
import { EXIT } from './exit-code.js'
import { Output } from './output.js'
import { JobProgress } from './progress.js'
import { rowPrinter } from './row-printer.js'
import type { OutputFormat } from './row-printer.js'
import { checkpointOptions, noteRestored } from './checkpoint-options.js'
import type { CheckpointFlags } from './checkpoint-options.js'
import { drainMsOf, onInterrupt } from './interrupt.js'
import { sqlInput } from './sql-input.js'
import type { InputOptions } from './sql-input.js'
import { summaryOf } from './summary.js'
import { usageError } from './usage-error.js'

export interface RunCommandOptions extends InputOptions, CheckpointFlags {
  readonly output: OutputFormat
  readonly stats?: string
  readonly summary?: boolean
  readonly progress: 'auto' | 'on' | 'off'
  readonly quiet?: boolean
  readonly drainTimeout?: string
}

export async function runCommand(file: string | undefined, options: RunCommandOptions): Promise<number> {
  const checkpoint = checkpointOptions(options)
  const drainMs = drainMsOf(options)
  const input = sqlInput(file, options)
  if (options.stats !== undefined) checkWritable(options.stats)
  const output = new Output(process.stdout)
  const progress = new JobProgress(process.stderr, options.quiet === true ? 'off' : options.progress)
  const note = (text: string): void => {
    if (options.quiet !== true) progress.note(text)
  }
  let job: Job | null = null
  // Rows and bars on one terminal would overwrite each other.
  const makeRoom = (): void => {
    if (process.stdout.isTTY) progress.end(job?.stats() ?? null)
  }
  let select: SelectInfo | null = null
  const printer = rowPrinter(options.output, output)
  const results: ResultSink = {
    begin: (info) => {
      select = info
      return printer.begin?.(info)
    },
    rows: (batch, info) => {
      makeRoom()
      return printer.rows(batch, info)
    },
    end: (info) => {
      makeRoom()
      return printer.end?.(info)
    },
  }
  const stdout = process.stdout.isTTY ? tapped(process.stdout, makeRoom) : process.stdout
  const onProgress = (stats: JobStats): void => progress.show(stats)
  job = await millrace.run(input.sql, { ...input.options, ...checkpoint, results, stdout, onProgress, onNote: note })
  noteRestored(job, options, note)
  if (job.group !== null) note(`group: ${job.group}`)
  if ((options.checkpoint !== undefined || job.group !== null) && job.guarantees.length > 0) note(`guarantee: ${guaranteesText(job.guarantees)}`)
  const interrupted = onInterrupt(job, note, drainMs)
  const told = job.outputs.length
  for (const { text } of job.outputs) await output.write(text === '' ? '' : `${text}\n`)
  let stats: JobStats
  try {
    stats = await job.done
  } catch (error) {
    // Whoever closed the pipe has seen enough; where nothing else was to come, nothing is lost.
    if (!output.readerGone || (select as SelectInfo | null)?.last !== true) throw error
    return EXIT.done
  } finally {
    progress.end(job.stats())
    interrupted.release()
  }
  for (const { text } of job.outputs.slice(told)) await output.write(`${text}\n`)
  if (options.stats !== undefined) writeStats(options.stats, { ...stats, guarantees: job.guarantees })
  if (!ranAnything(job) && job.outputs.length === 0) note('nothing to run: the text has no INSERT and no SELECT')
  if (job.suspended) note(`stopped at the checkpoint of epoch ${stats.checkpoints?.lastEpoch}; go on with --checkpoint ${options.checkpoint} --restore`)
  if (options.summary === true && ranAnything(job)) await output.write(summaryOf(stats))
  return interrupted.happened() ? EXIT.interrupted : EXIT.done
}

/** The same stream, with a word before each write. */
function tapped(stream: NodeJS.WritableStream, before: () => void): NodeJS.WritableStream {
  return new Writable({
    write(chunk: Uint8Array, _, done) {
      before()
      stream.write(chunk, done)
    },
  })
}

function ranAnything(job: Job): boolean {
  return job.stats().workers.length > 0
}

/** Before hours of work rather than after them. */
function checkWritable(path: string): void {
  try {
    accessSync(existsSync(path) ? path : dirname(resolve(path)), constants.W_OK)
  } catch (error) {
    throw usageError(`--stats ${path} cannot be written: ${(error as Error).message}`)
  }
}

/** @throws MillraceError SINK_UNWRITABLE */
function writeStats(path: string, stats: JobStats & Pick<Job, 'guarantees'>): void {
  try {
    writeFileSync(path, `${JSON.stringify(stats, null, 2)}\n`)
  } catch (error) {
    const message = `--stats ${path} cannot be written: ${(error as Error).message}; the job itself is done`
    throw new MillraceError('SINK_UNWRITABLE', message, {}, { cause: error })
  }
}
