import type { Batch, BigintPolicy, Row, Schema, Strategy } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import { realpathSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CheckpointOptions } from './checkpoint/checkpoint-options.js'
import { CHECKPOINT_INTERVAL_MS_DEFAULT, CHECKPOINT_TICK_MS, RESTART_BACKOFF_MS, RESTART_BACKOFF_MS_MAX, RESTARTS_DEFAULT, WORKERS_MAX } from './limits.js'
import type { JobStats } from './stats.js'
import type { RestartPolicy } from './supervision/restart-decision.js'
import { liesIn } from './trusted-module.js'

/** How a SQL text is run. Everything has a default. */
export interface RunOptions {
  /** Pipelines, each in a thread of its own; `auto` (default): one for each CPU that the process may use. */
  readonly workers?: number | 'auto'
  /** Default `auto`: pipelines where the sources split, else coordinator. */
  readonly strategy?: Strategy | 'auto'
  /** Fills `${name}` in the text. */
  readonly params?: Readonly<Record<string, string>>
  /** SET options, applied before the first statement. */
  readonly set?: Readonly<Record<string, string>>
  /** Stops the job when it aborts, like {@link Job.stop}. */
  readonly signal?: AbortSignal
  /** Rows of `memory` tables, by table name. Which JavaScript values a type takes: see {@link Row}. */
  readonly tables?: Readonly<Record<string, readonly Row[]>>
  /** Takes the rows of bare SELECTs. Without it a text with one is refused: see `query`. */
  readonly results?: ResultSink
  /** How BIGINT comes out in row objects; default `bigint`. */
  readonly bigints?: BigintPolicy
  /** Called about every `progressMs` (default 200) while the job runs, and once at its end. */
  readonly onProgress?: (stats: JobStats) => void
  readonly progressMs?: number
  /** Name of the SQL file, for error messages; its directory is the default of `baseDirectory`. */
  readonly fileName?: string
  /** Where relative paths in tables start; default the SQL file's directory, else the working directory. */
  readonly baseDirectory?: string
  /**
   * A directory that paths in SQL must not leave, neither by `..` nor absolute ones nor links. A job with it loads no modules either: no
   * functions of the user's and no connectors but those that are built in or called `@millrace/…` and `millrace-connector-…`; see
   * `modulesFrom`. For who runs SQL of others. Default: none, SQL is trusted.
   */
  readonly confineTo?: string
  /** With `confineTo`: a directory whose modules may be loaded. Nobody whose SQL is run should be able to write there. */
  readonly modulesFrom?: string
  /** Where connector packages are looked for too: directories, or `import.meta.url` of the modules that depend on them. */
  readonly resolveFrom?: readonly string[]
  /** Where `stdout` tables write; default `process.stdout`. */
  readonly stdout?: NodeJS.WritableStream
  /** How often a job with checkpoints goes on after a failure that is not the user's; each of these has a default. */
  readonly restart?: Partial<RestartPolicy>
  /** Takes what is worth knowing while the job runs: that it was restarted, that a worker waits or does not come back. */
  readonly onNote?: (text: string) => void
  /**
   * Milliseconds from one commit to the next, default 10,000, of a job without `checkpoint` that reads tables whose splits come and go; null:
   * only when they do, and at the end. Any other job is refused with USAGE.
   */
  readonly commitIntervalMs?: number | null
  /** Takes checkpoints, so that the job can go on after a crash. For a text with one job. */
  readonly checkpoint?: CheckpointOptions
}

/** A bare SELECT of the text. */
export interface SelectInfo {
  /** Among the SELECTs of the text, from 0. */
  readonly index: number
  readonly schema: Schema
  /** True if rows can be taken back: then `rowKinds` of the batches counts. */
  readonly changelog: boolean
  /** True if nothing of the text comes after it: who has seen enough of it misses nothing. */
  readonly last: boolean
}

/** Takes rows of bare SELECTs, on the main thread. A promise holds the job back until it resolves; an error ends it. */
export interface ResultSink {
  begin?(select: SelectInfo): void | Promise<void>
  /** @param batch valid until this returns; who needs it longer copies */
  rows(batch: Batch, select: SelectInfo): void | Promise<void>
  end?(select: SelectInfo): void | Promise<void>
}

/** @throws MillraceError OPTION_INVALID */
export function workerCountOf(workers: number | 'auto' | undefined): number {
  if (workers === undefined || workers === 'auto') return Math.min(availableParallelism(), WORKERS_MAX)
  if (Number.isInteger(workers) && workers >= 1 && workers <= WORKERS_MAX) return workers
  throw new MillraceError('OPTION_INVALID', `workers is ${String(workers)}: give 'auto' or a whole number from 1 to ${WORKERS_MAX}`)
}

export function baseDirectoryOf(options: RunOptions): string {
  if (options.baseDirectory !== undefined) return resolve(options.baseDirectory)
  return options.fileName === undefined ? process.cwd() : dirname(resolve(options.fileName))
}

/** What keeps a job inside of its directory; null where SQL is trusted. */
export function confinementOf({ confineTo, modulesFrom }: RunOptions): { readonly confinedTo: string; readonly modulesFrom: string | null } | null {
  if (confineTo === undefined) {
    if (modulesFrom === undefined) return null
    throw new MillraceError('OPTION_INVALID', 'modulesFrom says which modules a confined job may load: give confineTo too')
  }
  const confinedTo = realDirectory('confineTo', confineTo)
  return { confinedTo, modulesFrom: modulesFrom === undefined ? null : realDirectory('modulesFrom', modulesFrom) }
}

function realDirectory(option: string, path: string): string {
  try {
    const real = realpathSync.native(resolve(path))
    if (statSync(real).isDirectory()) return real
  } catch (cause) {
    throw new MillraceError('OPTION_INVALID', `${option} is ${path}: ${(cause as Error).message}`, {}, { cause })
  }
  throw new MillraceError('OPTION_INVALID', `${option} is ${path}, which is no directory`)
}

/** Directories from which packages are looked for: none in which SQL of a confined job may have written one. */
export function packageBases(options: RunOptions): string[] {
  const confinement = confinementOf(options)
  return resolutionBases(options).filter((base) => confinement === null || !liesIn(base, confinement.confinedTo))
}

/** Directories from which connectors are looked for, first to last. */
export function resolutionBases(options: RunOptions): string[] {
  const given = (options.resolveFrom ?? []).map((from) => (from.startsWith('file:') ? dirname(fileURLToPath(from)) : resolve(from)))
  return [...new Set([baseDirectoryOf(options), process.cwd(), ...given, dirname(fileURLToPath(import.meta.url))])]
}

/** @throws MillraceError OPTION_INVALID */
export function commitIntervalOf({ commitIntervalMs = CHECKPOINT_INTERVAL_MS_DEFAULT }: RunOptions): number | null {
  if (commitIntervalMs === null || (commitIntervalMs >= CHECKPOINT_TICK_MS && commitIntervalMs < 2 ** 31)) return commitIntervalMs
  throw new MillraceError('OPTION_INVALID', `commitIntervalMs is ${String(commitIntervalMs)}: give milliseconds from ${CHECKPOINT_TICK_MS}`)
}

/** @throws MillraceError OPTION_INVALID */
export function restartPolicyOf({ restart = {} }: RunOptions): RestartPolicy {
  const { limit = RESTARTS_DEFAULT, backoffMs = RESTART_BACKOFF_MS, backoffMsMax = RESTART_BACKOFF_MS_MAX } = restart
  if (!Number.isInteger(limit) || limit < 0) throw new MillraceError('OPTION_INVALID', `restart.limit is ${String(limit)}: give a whole number from 0`)
  for (const [name, ms] of Object.entries({ backoffMs, backoffMsMax })) {
    if (!(ms >= 0 && ms < 2 ** 31)) throw new MillraceError('OPTION_INVALID', `restart.${name} is ${String(ms)}: give milliseconds from 0`)
  }
  return { limit, backoffMs, backoffMsMax }
}
