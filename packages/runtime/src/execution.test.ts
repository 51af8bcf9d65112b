import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { closeThreads, NUMBERS, planOf, type PlanShape, start, tableOf } from './execution.test.kit.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-'))
afterAll(async () => {
  await closeThreads()
  rmSync(folder, { recursive: true })
})

const BLOCKS = `${NUMBERS}#numbersInBlocks`
const numbers = (rows: readonly unknown[][]): number[] => rows.map((row) => Number(row[0]))
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const shapes: PlanShape[] = [
  { strategy: 'single', workers: 1 },
  { strategy: 'pipelines', workers: 1 },
  { strategy: 'pipelines', workers: 3 },
  { strategy: 'coordinator', workers: 3 },
  { strategy: 'coordinator', workers: 3, connector: BLOCKS },
]

describe('a plan', () => {
  for (const shape of shapes) {
    for (const exchange of ['none', 'hash', 'single'] as const) {
      const name = `${shape.strategy} @${shape.workers}${shape.connector ? ' in blocks' : ''}, exchange ${exchange}`
      it(`gives every row once: ${name}`, async () => {
        const { rows, done, execution } = await start(planOf({ ...shape, exchange, ordinal: true, options: { rows: '5000', splits: '7' } }))
        await done
        expect(sorted(numbers(rows))).toEqual(upTo(5_000))
        expect(rows.every(([n, name]) => name === `name ${String(n)}`)).toBe(true)
        // Ordinals put the rows of all splits into one order, the same for every strategy.
        expect(numbers([...rows].sort((a, b) => (a[2] as number) - (b[2] as number)))).toEqual(upTo(5_000))
        const stats = execution.stats()!
        expect(stats).toMatchObject({ rowsIn: 5_000, rowsOut: 5_000, rowsFiltered: 0, progress: 1 })
        expect(stats).toMatchObject({ strategy: shape.strategy, workerCount: shape.workers })
        expect(stats.bytesIn).toBeGreaterThan(0)
        expect(stats.elapsedMs).toBeGreaterThan(0)
        expect(stats.workers.map((worker) => worker.index)).toEqual(upTo(shape.workers))
      })
    }
  }

  it('deals blocks out to all workers when their order does not matter', async () => {
    const options = { rows: '20000', splits: '1' }
    const { rows, done } = await start(planOf({ strategy: 'coordinator', workers: 2, connector: BLOCKS, options }))
    await done
    expect(sorted(numbers(rows))).toEqual(upTo(20_000))
  })

  it('counts CPU time from the start of its run; loading modules is set-up', async () => {
    const { done, execution } = await start(planOf({ strategy: 'pipelines', workers: 2, connector: './heavy-connector.mjs' }))
    await done
    const { cpuMs, setupCpuMs, setupMs, workers } = execution.stats()!
    expect(setupMs).toBeGreaterThan(400)
    for (const worker of workers) expect(worker.setupCpuMs).toBeGreaterThan(80)
    expect(setupCpuMs).toBe(workers[0]!.setupCpuMs + workers[1]!.setupCpuMs)
    expect(cpuMs).toBeGreaterThan(0)
    expect(cpuMs).toBeLessThan(setupCpuMs)
  })

  it.each(shapes)('counts rows that cannot be decoded: $strategy @$workers $connector', async (shape) => {
    if (shape.connector !== undefined) return
    const { rows, done, execution } = await start(planOf({ ...shape, options: { 'bad-at': '333' } }))
    await done
    expect(rows.length).toBe(1_000)
    expect(execution.stats()).toMatchObject({ rowsIn: 1_001, rowsDeadLettered: 1, rowsOut: 1_000 })
  })
})

describe('a job that goes wrong', () => {
  it.each(shapes.slice(0, 4))('rejects with what a reader throws and lets go of all: $strategy @$workers', async (shape) => {
    const { done } = await start(planOf({ ...shape, exchange: 'hash', options: { 'fail-at': '777' } }))
    await expect(done).rejects.toMatchObject({ name: 'MillraceError', message: expect.stringContaining('row 777 is not to be had') })
  })

  it('rejects with WORKER_LOST when a thread dies, though others wait for it', async () => {
    const { done } = await start(planOf({ strategy: 'pipelines', workers: 2, exchange: 'hash', options: { 'exit-at': '700' } }))
    await expect(done).rejects.toMatchObject({ code: 'WORKER_LOST', message: expect.stringContaining('exit') })
  })

  it.each(['pipelines', 'single', 'coordinator'] as const)('ends though its source never answers: %s', async (strategy) => {
    const { done, execution } = await start(planOf({ strategy, workers: strategy === 'single' ? 1 : 2, options: { 'hang-at': '700' } }))
    await until(() => (execution.stats()?.rowsIn ?? 0) >= 600)
    execution.stop()
    await expect(done).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
  })

  it('rejects with what the consumer throws', async () => {
    const { done } = await start(planOf({ strategy: 'pipelines', workers: 2, options: { endless: 'true' } }), () => {
      throw new Error('enough')
    })
    await expect(done).rejects.toThrow('enough')
  })
})

describe('a job that is told to', () => {
  it.each(shapes.slice(0, 4))('drain stops reading and ends well: $strategy @$workers', async (shape) => {
    const plan = planOf({ ...shape, exchange: 'hash', options: { endless: 'true', 'delay-ms': '1' } })
    const { done, execution, rows } = await start(plan, (count) => {
      if (count > 300) execution.drain()
    })
    await done
    expect(rows.length).toBeGreaterThan(300)
    expect(execution.stats()!.rowsOut).toBe(rows.length)
  })

  it.each(shapes.slice(0, 4))('stop commits nothing: $strategy @$workers', async (shape) => {
    const log = join(folder, `stop-${shape.strategy}-${shape.workers}.log`)
    const sink = tableOf(NUMBERS, { log }, 'sink')
    const { done, execution } = await start(planOf({ ...shape, sink, options: { endless: 'true' } }))
    await until(() => (execution.stats()?.rowsOut ?? 0) > 0)
    execution.stop()
    await expect(done).rejects.toMatchObject({ code: 'JOB_CANCELLED' })
    const lines = readFileSync(log, 'utf8').trim().split('\n')
    expect(lines.filter((line) => line.startsWith('close')).length).toBe(shape.workers)
    expect(lines.at(-1)).toBe('abort 0')
    expect(lines.some((line) => line.startsWith('commit'))).toBe(false)
  })
})

describe('sinks', () => {
  it('are committed once, with what every worker has prepared', async () => {
    const log = join(folder, 'commit.log')
    const { done } = await start(planOf({ strategy: 'pipelines', workers: 3, sink: tableOf(NUMBERS, { log }, 'sink') }))
    await done
    expect(readFileSync(log, 'utf8').trim().split('\n').sort()).toEqual(['close 0', 'close 1', 'close 2', 'commit 3 writers, 1000 rows'])
  })

  it('are aborted when one cannot be prepared or committed', async () => {
    for (const fault of ['fail-prepare', 'fail-commit']) {
      const log = join(folder, `${fault}.log`)
      const { done } = await start(planOf({ strategy: 'single', workers: 1, sink: tableOf(NUMBERS, { log, [fault]: 'true' }, 'sink') }))
      await expect(done).rejects.toThrow(fault === 'fail-prepare' ? 'the disk is full' : 'the name is taken')
      expect(readFileSync(log, 'utf8')).toContain(`abort ${fault === 'fail-prepare' ? 0 : 1}`)
    }
  })
})

describe('a slow consumer', () => {
  it('holds the workers back', async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const plan = planOf({ strategy: 'pipelines', workers: 1, options: { rows: '400000', splits: '1' } })
    const { done, execution, rows } = await start(plan, (count) => (count > 100 ? gate : undefined))
    await new Promise((resolve) => setTimeout(resolve, 500))
    const held = execution.stats()!.rowsOut
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(execution.stats()!.rowsOut).toBe(held)
    expect(held).toBeLessThan(200_000)
    release()
    await done
    expect(rows.length).toBe(400_000)
  })
})
