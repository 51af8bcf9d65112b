import {
  batchToRows, type CheckpointManifest, type CheckpointStore, decodeManifest, eachStoredBatch, EPOCH_PREFIX, epochOfName, isManifestName, loadSnapshot,
  manifestName, MillraceError, partBytes, readObject, type Schema, type Value,
} from '@millrace/core'
import { explainPlan, keepersOf } from '@millrace/core/compile'
import { existsSync } from 'node:fs'
import { openStore } from './open-store.js'
import { resolveStore } from './store-address.js'

/** What is in a place that holds checkpoints. Plain data, without options of tables: some are secret. */
export interface CheckpointListing {
  readonly checkpoints: readonly CheckpointSummary[]
  /** What is in the one asked for; null where there is none that is whole. */
  readonly contents: CheckpointContents | null
}

export interface CheckpointSummary {
  readonly epoch: number
  /** Why it cannot be gone on from; null where it is whole: then the rest is known. */
  readonly damage: string | null
  readonly jobId: string | null
  readonly writtenAtMs: number | null
  /** The job had come to its end. */
  readonly ended: boolean
  /** Of all objects that it needs, those of earlier epochs too. */
  readonly bytes: number
}

export interface CheckpointContents {
  readonly epoch: number
  readonly workerCount: number
  readonly plan: string
  readonly tables: readonly ReadTable[]
  readonly operators: readonly StoredOperator[]
  readonly sinks: readonly { readonly nodeId: number; readonly label: string; readonly identity: string; readonly prepared: number }[]
}

export interface ReadTable {
  readonly nodeId: number
  readonly label: string
  readonly identity: string
  readonly splits: readonly { readonly id: string; readonly state: 'done' | 'open' | 'not begun'; readonly position: unknown; readonly rows: number; readonly watermarkMicros: number | null }[]
}

export interface StoredOperator {
  readonly nodeId: number
  readonly label: string
  readonly identity: string
  readonly tables: readonly StoredTable[]
}

/** Of one worker. `rows` counts those of all parts: of a chain, rows that have changed several times count as often. */
export interface StoredTable {
  readonly name: string
  readonly worker: number
  readonly rows: number
  readonly bytes: number
  readonly parts: number
}

export interface InspectOptions {
  /** Default: the newest whole one. */
  readonly epoch?: number
  /** Where a package that keeps checkpoints is looked for: see `RunOptions.resolveFrom`. */
  readonly bases?: readonly string[]
}

/**
 * Looks into a directory, or another place, that holds checkpoints. Writes nothing.
 *
 * @throws MillraceError CHECKPOINT_UNREADABLE, OPTION_INVALID
 */
export async function inspectCheckpoints(address: string, options: InspectOptions = {}): Promise<CheckpointListing> {
  return withStore(address, options, async (store) => {
    const found = await readAll(store)
    const wanted = chosen(found, options.epoch)
    return { checkpoints: found.map(summaryOf), contents: wanted === null ? null : contentsOf(wanted) }
  })
}

/** Rows of one table of an operator's state. */
export interface StoredRows {
  readonly schema: Schema
  readonly rows: readonly (readonly Value[])[]
}

/**
 * The first rows of a table of an operator's state, of all workers one after the other.
 *
 * @param operator its identity, the beginning of it, or its node id; behind a `/` the name of the table, the first one where it is left out
 * @throws MillraceError USAGE, CHECKPOINT_UNREADABLE, CHECKPOINT_CORRUPT
 */
export async function inspectRows(address: string, operator: string, limit: number, options: InspectOptions = {}): Promise<StoredRows> {
  return withStore(address, options, async (store) => {
    const manifest = chosen(await readAll(store), options.epoch)
    if (manifest === null) throw new MillraceError('USAGE', `${address} has no whole checkpoint${options.epoch === undefined ? '' : ` of epoch ${options.epoch}`}`)
    const [nodeId, name] = tableOf(manifest, operator)
    const isWanted = (_from: number, node: number, table: string): boolean => node === nodeId && table === name
    const { workers } = await loadSnapshot(store, manifest.snapshot, manifest.objects, isWanted)
    const rows: (readonly Value[])[] = []
    let schema: Schema = []
    for (const table of workers.flatMap(({ operators }) => operators.filter((o) => o.nodeId === nodeId).flatMap(({ tables }) => tables.filter((t) => t.name === name)))) {
      if (table.schema === undefined) throw new MillraceError('USAGE', 'this checkpoint does not say what the columns of its tables are')
      schema = table.schema
      eachStoredBatch(table.parts, table.schema, (batch) => {
        if (rows.length < limit) rows.push(...batchToRows(batch, schema).slice(0, limit - rows.length))
      })
    }
    return { schema, rows }
  })
}

// ----------------------------------------------------------------------------------------------------------- finding

interface Found {
  readonly epoch: number
  readonly manifest: CheckpointManifest | null
  readonly damage: string | null
}

async function withStore<T>(address: string, { bases = [] }: InspectOptions, look: (store: CheckpointStore) => Promise<T>): Promise<T> {
  const resolved = resolveStore(address, bases, process.cwd())
  // To open a directory makes it.
  if (resolved.kind === 'directory' && !existsSync(resolved.path)) throw new MillraceError('CHECKPOINT_UNREADABLE', `there is no ${resolved.path}: give the directory of --checkpoint`)
  const store = await openStore(resolved)
  try {
    return await look(store)
  } finally {
    await store.close()
  }
}

/** Newest first. */
async function readAll(store: CheckpointStore): Promise<Found[]> {
  const epochs = (await store.list(EPOCH_PREFIX)).filter(isManifestName).map((name) => epochOfName(name)!).sort((a, b) => b - a)
  const found: Found[] = []
  for (const epoch of epochs) {
    let manifest: CheckpointManifest | null = null
    try {
      const bytes = await store.get(manifestName(epoch))
      // Pruned while we look.
      if (bytes === null) continue
      manifest = decodeManifest(bytes)
      for (const object of manifest.objects) await readObject(store, object)
      found.push({ epoch, manifest, damage: null })
    } catch (error) {
      if (!(error instanceof MillraceError) || (error.code !== 'CHECKPOINT_CORRUPT' && error.code !== 'CHECKPOINT_FORMAT')) throw error
      found.push({ epoch, manifest, damage: error.message })
    }
  }
  return found
}

function chosen(found: readonly Found[], epoch: number | undefined): CheckpointManifest | null {
  return found.find((one) => one.damage === null && (epoch === undefined || one.epoch === epoch))?.manifest ?? null
}

function summaryOf({ epoch, manifest, damage }: Found): CheckpointSummary {
  return {
    epoch, damage, jobId: manifest?.jobId ?? null, writtenAtMs: manifest?.writtenAtMs ?? null, ended: manifest?.ended ?? false,
    bytes: (manifest?.objects ?? []).reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

// ---------------------------------------------------------------------------------------------------------- contents

function contentsOf({ snapshot }: CheckpointManifest): CheckpointContents {
  const { plan, workers, splits } = snapshot
  const keepers = keepersOf(plan)
  const of = (kind: string): { nodeId: number; label: string; identity: string }[] =>
    keepers.filter((keeper) => keeper.kind === kind).map(({ nodeId, label, identity }) => ({ nodeId, label, identity }))
  return {
    epoch: snapshot.epoch,
    workerCount: workers.length,
    plan: explainPlan(plan),
    tables: of('scan').map((keeper) => {
      const scans = workers.flatMap(({ scans: all }) => all.filter(({ nodeId }) => nodeId === keeper.nodeId))
      const progress = new Map([...scans.flatMap(({ kept }) => kept), ...scans.flatMap((scan) => scan.splits)].map((split) => [split.id, split]))
      return {
        ...keeper,
        splits: (splits.find(({ nodeId }) => nodeId === keeper.nodeId)?.splits ?? []).map(({ id }) => {
          const at = progress.get(id)
          return { id, state: at === undefined ? 'not begun' : at.done ? 'done' : 'open', position: at?.position ?? null, rows: at?.rows ?? 0, watermarkMicros: at?.watermark ?? null } as const
        }),
      }
    }),
    operators: of('operator').map((keeper) => ({
      ...keeper,
      tables: workers.flatMap(({ workerIndex, operators }) => operators.filter(({ nodeId }) => nodeId === keeper.nodeId).flatMap(({ tables }) => tables.map(({ name, parts }) => ({
        name, worker: workerIndex, rows: parts.reduce((sum, { rows }) => sum + rows, 0), bytes: parts.reduce((sum, part) => sum + partBytes(part), 0), parts: parts.length,
      })))),
    })),
    sinks: of('sink').map((keeper) => ({
      ...keeper, prepared: workers.flatMap(({ prepared }) => prepared).filter(({ nodeId, prepared: handle }) => nodeId === keeper.nodeId && handle !== null).length,
    })),
  }
}

function tableOf({ snapshot }: CheckpointManifest, operator: string): [number, string] {
  const [who, ...rest] = operator.split('/')
  const keepers = keepersOf(snapshot.plan).filter(({ kind }) => kind === 'operator')
  const matching = keepers.filter(({ identity, nodeId }) => identity.startsWith(who!) || String(nodeId) === who)
  const [keeper] = matching
  if (keeper === undefined || matching.length > 1) {
    throw new MillraceError('USAGE', `${matching.length} operators are called ${who}: give the identity of one of ${keepers.map(({ identity }) => identity).join(', ')}`)
  }
  const names = [...new Set(snapshot.workers.flatMap(({ operators }) => operators.filter(({ nodeId }) => nodeId === keeper.nodeId).flatMap(({ tables }) => tables.map(({ name }) => name))))]
  const name = rest.length === 0 ? names[0] : names.find((known) => known === rest.join('/'))
  if (name === undefined) throw new MillraceError('USAGE', `${keeper.identity} has no table ${rest.join('/')}: it has ${names.join(', ')}`)
  return [keeper.nodeId, name]
}
