import { valueToJsonText } from '@millrace/core'
import { inspectCheckpoints, inspectRows, type CheckpointContents, type CheckpointListing } from '@millrace/runtime'
import { EXIT } from './exit-code.js'
import { usageError } from './usage-error.js'

export interface InspectCommandOptions {
  readonly format: 'text' | 'json'
  readonly epoch?: number
  readonly rows?: string
  readonly limit: number
}

/** Splits that are listed one by one; of more only how many there are. */
const SPLITS_SHOWN = 20

/** `inspect DIR`: what is in a directory of checkpoints. Writes nothing. @returns 0, or 1 if no checkpoint is whole */
export async function inspectCommand(address: string, options: InspectCommandOptions): Promise<number> {
  const where = { bases: [process.cwd()], ...(options.epoch === undefined ? {} : { epoch: options.epoch }) }
  if (options.rows !== undefined) {
    const { schema, rows } = await inspectRows(address, options.rows, options.limit, where)
    for (const row of rows) process.stdout.write(`{${schema.map((field, i) => `${JSON.stringify(field.name)}:${valueToJsonText(row[i]!, field.type)}`).join(',')}}\n`)
    return EXIT.done
  }
  const listing = await inspectCheckpoints(address, where)
  if (options.epoch !== undefined && listing.contents === null) throw usageError(`${address} has no whole checkpoint of epoch ${options.epoch}`)
  process.stdout.write(options.format === 'json' ? `${JSON.stringify(listing, null, 2)}\n` : textOf(listing))
  return listing.checkpoints.length === 0 || listing.contents !== null ? EXIT.done : EXIT.failed
}

function textOf({ checkpoints, contents }: CheckpointListing): string {
  if (checkpoints.length === 0) return 'no checkpoints\n'
  const lines = checkpoints.map(({ epoch, damage, writtenAtMs, ended, bytes }) => {
    const when = writtenAtMs === null ? '' : `  ${new Date(writtenAtMs).toISOString()}`
    return `epoch ${epoch}${when}  ${sizeText(bytes)}  ${damage === null ? (ended ? 'whole, the job has ended' : 'whole') : `damaged: ${damage}`}`
  })
  return `${[...lines, ...(contents === null ? [] : ['', ...contentLines(contents)])].join('\n')}\n`
}

function contentLines({ epoch, workerCount, plan, tables, operators, sinks }: CheckpointContents): string[] {
  return [
    `Epoch ${epoch}, of ${workerCount} worker${workerCount === 1 ? '' : 's'}:`, '', plan, '',
    ...tables.flatMap(({ label, identity, splits }) => [
      `${label}  [${identity}]`,
      ...splits.slice(0, SPLITS_SHOWN).map(({ id, state, position, rows, watermarkMicros }) => {
        const watermark = watermarkMicros === null ? '' : `  watermark ${new Date(watermarkMicros / 1_000).toISOString()}`
        return `  split ${id}  ${state}${state === 'not begun' ? '' : `  ${rows} rows`}${state === 'open' ? `  position ${JSON.stringify(position)}` : ''}${watermark}`
      }),
      ...(splits.length > SPLITS_SHOWN ? [`  and ${splits.length - SPLITS_SHOWN} more splits: --format json has all`] : []),
    ]),
    ...operators.flatMap(({ label, identity, tables: stored }) => [
      `${label}  [${identity}]`,
      ...stored.map(({ name, worker, rows, bytes, parts }) => `  ${name} of worker ${worker}  ${rows} rows  ${sizeText(bytes)}${parts === 1 ? '' : `  in ${parts} parts`}`),
    ]),
    ...sinks.map(({ label, identity, prepared }) => `${label}  [${identity}]  ${prepared === 0 ? 'nothing prepared' : `prepared by ${prepared} writer${prepared === 1 ? '' : 's'}`}`),
  ]
}

function sizeText(bytes: number): string {
  return bytes < 1_000 ? `${bytes} B` : bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
