import type { Connector, PhysicalPlan } from '@millrace/core'
import { rebase, refusePartial } from '@millrace/core'
import { compileScript } from '@millrace/core/compile'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { foldChanges } from './fold-changes.js'
import { memoryConnector } from './memory-connector.js'
import type { MemoryConnector } from './memory-connector.js'
import { Simulation, type SimulationCheckpoint } from './simulate.js'

const TABLES = `
CREATE TABLE clicks (page STRING, n BIGINT, price DOUBLE) WITH ('connector' = 'memory');
CREATE TABLE other (page STRING, n BIGINT, price DOUBLE) WITH ('connector' = 'memory');
CREATE TABLE totals (page STRING, n BIGINT, PRIMARY KEY (page) NOT ENFORCED) WITH ('connector' = 'memory');
CREATE TABLE more (page STRING, n BIGINT, PRIMARY KEY (page) NOT ENFORCED) WITH ('connector' = 'memory');
`
const SUMS = 'INSERT INTO totals SELECT page, sum(n) AS n FROM clicks GROUP BY page'

type Row = readonly [string, number, number]

/** Rows before the checkpoint and behind it, in two splits. */
interface Input {
  readonly before: readonly Row[]
  readonly after: readonly Row[]
}

function newConnector(): MemoryConnector {
  return memoryConnector({ tables: { clicks: { unbounded: true, splits: 2 }, other: { unbounded: true, splits: 2 } } })
}

function push(connector: MemoryConnector, rows: readonly Row[]): void {
  rows.forEach(([page, n, price], i) => connector.push('clicks', [[page, BigInt(n), price]], i % 2))
}

async function planOf(sql: string, connector: Connector, set: Record<string, string> = {}): Promise<PhysicalPlan> {
  const { jobs } = await compileScript(TABLES + sql, { connector: async () => connector, workerCount: 4, baseDirectory: '/', set })
  return jobs[0]!.plan
}

/** Runs `before` up to a checkpoint, then goes on with `after`. @returns what is in a table at the end */
async function edited(
  before: string, after: string, { before: first, after: second }: Input, { partial = false, seed = 1, set = [{}, {}] as [Record<string, string>, Record<string, string>] } = {},
): Promise<(table: string) => unknown> {
  const connector = newConnector()
  const [old, now] = [await planOf(before, connector, set[0]), await planOf(after, connector, set[1])]
  const simulation = await Simulation.open({ plan: old, connectors: [connector], seed, batchRows: 2 })
  push(connector, first)
  await simulation.settle()
  const { snapshot } = await simulation.checkpoint()
  await simulation.close()
  const rebased = rebase(snapshot, now)
  if (!partial) refusePartial(rebased)
  const checkpoint: SimulationCheckpoint = { snapshot: rebased.snapshot, changes: [] }
  const restored = await Simulation.restore(checkpoint, { connectors: [connector], workers: [1, 2, 8][seed % 3]!, seed, batchRows: 3 })
  push(connector, second)
  connector.end('clicks')
  connector.end('other')
  await restored.finish()
  return (table) => foldChanges(connector.written(table), now.nodes.find((node) => node.kind === 'sink' && node.table.name === table)!.schema)
}

/** What a query over all rows comes to. */
async function undisturbed(sql: string, { before, after }: Input): Promise<(table: string) => unknown> {
  return edited(sql, sql, { before: [], after: [...before, ...after] })
}

const row = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 9 }))
const input = fc.record({ before: fc.array(row, { maxLength: 12 }), after: fc.array(row, { maxLength: 12 }) })
const numRuns = Math.min(Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 15), 1_000)

const HARMLESS: readonly (readonly [what: string, before: string, after: string])[] = [
  ['other names', SUMS, 'INSERT INTO totals SELECT p AS page, sum(m) AS total FROM (SELECT page AS p, n AS m FROM clicks) AS t GROUP BY p'],
  ['a column more', `${SUMS}; INSERT INTO more SELECT page, n FROM clicks`, `${SUMS}; INSERT INTO more SELECT page, n + CAST(price AS BIGINT) * 0 FROM clicks`],
  ['the order of statements', `${SUMS}; INSERT INTO more SELECT page, max(n) FROM clicks GROUP BY page`, `INSERT INTO more SELECT page, max(n) FROM clicks GROUP BY page; ${SUMS}`],
  ['reads that are shared no more', `${SUMS}; INSERT INTO more SELECT page, max(n) FROM clicks WHERE price > 1 GROUP BY page`, `INSERT INTO more SELECT page, max(n) FROM clicks WHERE price > 1 GROUP BY page; ${SUMS}`],
  ['a join', 'INSERT INTO totals SELECT a.page, sum(a.n * b.n) FROM clicks AS a JOIN clicks AS b ON a.page = b.page AND a.n < b.n GROUP BY a.page', 'INSERT INTO totals SELECT page, sum(m) FROM (SELECT a.page, a.n * c.n AS m FROM clicks AS a JOIN clicks AS c ON a.page = c.page AND a.n < c.n) AS t GROUP BY page'],
]

it.each(HARMLESS)('goes on after an edit as if it had always been so: %s', async (what, before, after) => {
  const sets: [Record<string, string>, Record<string, string>] = what.includes('shared no more') ? [{}, { 'share-reads': 'false' }] : [{}, {}]
  await fc.assert(fc.asyncProperty(input, fc.integer({ min: 0, max: 1_000 }), async (rows, seed) => {
    const expected = await undisturbed(after, rows)
    const found = await edited(before, after, rows, { seed, set: sets })
    expect(found('totals')).toEqual(expected('totals'))
    if (before.includes('INTO more')) expect(found('more')).toEqual(expected('more'))
  }), { numRuns })
}, 60_000)

const ROWS: Input = { before: [['a', 1, 0], ['b', 2, 5], ['a', 3, 5]], after: [['a', 10, 5], ['b', 20, 0]] }

it('reads a table that is new from its beginning', async () => {
  const connector = newConnector()
  const union = 'INSERT INTO totals SELECT page, sum(n) AS n FROM clicks GROUP BY page; INSERT INTO more SELECT page, sum(n) AS n FROM other GROUP BY page'
  const old = await Simulation.open({ plan: await planOf(SUMS, connector), connectors: [connector] })
  push(connector, ROWS.before)
  connector.push('other', [['x', 7n, 0]], 0)
  await old.settle()
  const { snapshot } = await old.checkpoint()
  await old.close()
  const rebased = rebase(snapshot, await planOf(union, connector))
  refusePartial(rebased)
  expect(rebased.added.map(({ kind }) => kind)).toEqual(['scan', 'operator', 'sink'])
  const restored = await Simulation.restore({ snapshot: rebased.snapshot, changes: [] }, { connectors: [connector], workers: 2 })
  push(connector, ROWS.after)
  connector.end('clicks')
  connector.end('other')
  await restored.finish()
  const schema = rebased.snapshot.plan.nodes.find(({ kind }) => kind === 'sink')!.schema
  expect(foldChanges(connector.written('more'), schema)).toEqual([['x', 7n]])
  expect(foldChanges(connector.written('totals'), schema)).toEqual([['a', 14n], ['b', 22n]])
})

it('refuses what would lose state or begin in the middle, with all of it in the message', async () => {
  const error = await edited(SUMS, SUMS.replace('FROM clicks', 'FROM clicks WHERE price > 3'), ROWS).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'RESTORE_MISMATCH', details: { lost: [{ kind: 'operator' }], fresh: [{ kind: 'operator' }] } })
  expect((error as Error).message).toContain('state of Aggregate final  key=page  emit=changes is lost: filter in front changed: + price > 3')
  expect((error as Error).message).toContain('begins empty')
  await expect(edited(SUMS, `${SUMS}; INSERT INTO more SELECT page, n FROM clicks`, ROWS)).rejects.toThrow('output of Insert into more')
  await expect(edited(`${SUMS}; INSERT INTO more SELECT page, n FROM other`, SUMS, ROWS)).rejects.toThrow('position of Read other')
})

it('goes on without it where that is accepted', async () => {
  const found = await edited(SUMS, SUMS.replace('FROM clicks', 'FROM clicks WHERE price > 3'), ROWS, { partial: true })
  // What was written before the edit is there still, and nobody knows any more to take it back.
  expect(found('totals')).toEqual([['a', 4n], ['a', 10n], ['b', 2n]])
})

it('does not put two reads together that have come differently far', async () => {
  const two = `${SUMS}; INSERT INTO more SELECT page, max(n) FROM clicks WHERE price > 1 GROUP BY page`
  const connector = newConnector()
  const [apart, shared] = [await planOf(two, connector, { 'share-reads': 'false' }), await planOf(two, connector)]
  const simulation = await Simulation.open({ plan: apart, connectors: [connector] })
  push(connector, ROWS.before)
  await simulation.settle()
  const { snapshot } = await simulation.checkpoint()
  await simulation.close()
  expect(rebase(snapshot, shared).lost).toEqual([])
  const scan = snapshot.workers.flatMap(({ scans }) => scans).find(({ splits }) => splits.length > 0)!
  const ahead = structuredClone(snapshot)
  for (const worker of ahead.workers) for (const s of worker.scans) if (s.nodeId === scan.nodeId) for (const split of s.splits) Object.assign(split, { position: 99 })
  expect(() => refusePartial(rebase(ahead, shared))).toThrow('it was read several times and is read once now')
})
