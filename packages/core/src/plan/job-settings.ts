import { BATCH_ROWS_DEFAULT, BATCH_ROWS_MAX, STATE_MEMORY_BYTES_MIN } from '../limits.js'
import type { OptionTable } from '../connector.js'
import { MillraceError, type Span } from '../errors.js'
import { checkOptions } from './check-options.js'
import { parseBoolean, parseBytes, parseDurationMs } from './option-value.js'
import type { PlanSettings, Strategy } from './physical.js'

/** What SET and `--set` know. */
export const JOB_SETTINGS: OptionTable = {
  'compile': { type: 'boolean', default: 'true', doc: 'False takes the interpreter and the general decoders everywhere.' },
  'batch.rows': {
    type: 'integer', minimum: 1, maximum: BATCH_ROWS_MAX, default: String(BATCH_ROWS_DEFAULT), doc: 'Rows in a batch at most.',
  },
  'time-zone': { type: 'string', default: 'UTC', doc: 'IANA name of the zone in which TIMESTAMP_LTZ is read and written.' },
  'seed': { type: 'integer', default: '0', doc: 'Seed of random functions.' },
  'state.ttl': {
    type: 'duration', default: '0 s',
    doc: 'Groups without a window, different rows, and rows of joins without a bound in time are forgotten when they have not been touched '
      + 'for so long; Top-N, OVER and temporal joins are not concerned. 0: never.',
  },
  'table.exec.state.ttl': { type: 'duration', default: '0 s', doc: 'Another name of `state.ttl`.' },
  'state.memory-limit': {
    type: 'bytes', minimum: STATE_MEMORY_BYTES_MIN,
    doc: 'Memory that each worker has for the groups of its aggregates. Past it groups move to files, which needs the package '
      + '`@millrace/lmdb`. Left out: all state is kept in memory.',
  },
  'state.spill-directory': {
    type: 'string', doc: 'Where files of `state.memory-limit` are put while a job runs. Left out: the place of the system for temporary files.',
  },
  'share-reads': {
    type: 'boolean', default: 'true', doc: 'A table that a job reads several times is read once; false reads it as often as it is named.',
  },
  'strategy': {
    type: 'string',
    values: ['auto', 'pipelines', 'coordinator', 'single'],
    default: 'auto',
    doc: 'How a job is shared out among the workers.',
  },
}

export const SETTINGS_DEFAULT: PlanSettings = { compile: true, batchRows: BATCH_ROWS_DEFAULT, timeZone: 'UTC', seed: 0 }

/** What can be set, as it stands at one place of a script. */
export interface JobSettings {
  readonly plan: PlanSettings
  readonly strategy: Strategy | 'auto'
  readonly shareReads: boolean
}

/** @throws MillraceError OPTION_UNKNOWN, OPTION_INVALID */
export function withSetting(settings: JobSettings, key: string, value: string, span: Span | null): JobSettings {
  const name = key.toLowerCase()
  checkOptions([{ key: name, value, span }], JOB_SETTINGS, 'a job', span)
  switch (name) {
    case 'compile': return { ...settings, plan: { ...settings.plan, compile: parseBoolean(value)! } }
    case 'batch.rows': return { ...settings, plan: { ...settings.plan, batchRows: Number(value) } }
    case 'seed': return { ...settings, plan: { ...settings.plan, seed: Number(value) } }
    case 'state.ttl': case 'table.exec.state.ttl': return { ...settings, plan: withTimeToLive(settings.plan, parseDurationMs(value)!) }
    case 'state.memory-limit': return { ...settings, plan: { ...settings.plan, stateMemoryBytes: parseBytes(value)! } }
    case 'state.spill-directory': return { ...settings, plan: { ...settings.plan, spillDirectory: value } }
    case 'share-reads': return { ...settings, shareReads: parseBoolean(value)! }
    case 'time-zone': return { ...settings, plan: { ...settings.plan, timeZone: checkedZone(value, span) } }
    default: return { ...settings, strategy: value.toLowerCase() as JobSettings['strategy'] }
  }
}

function withTimeToLive({ stateTtlMs: _before, ...plan }: PlanSettings, stateTtlMs: number): PlanSettings {
  return stateTtlMs === 0 ? plan : { ...plan, stateTtlMs }
}

function checkedZone(name: string, span: Span | null): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch (cause) {
    throw new MillraceError(
      'OPTION_INVALID',
      `option 'time-zone': '${name}' is no time zone (such as UTC, Europe/Berlin)`,
      span === null ? {} : { span },
      { cause },
    )
  }
}
