import { describe, expect, it } from 'vitest'
import type { Connector, Reader, ReadMeter, Writer } from './connector.js'
import { MillraceError } from './errors.js'
import type { Element } from './types/element.js'
import { END } from './types/element.js'
import { BIGINT } from './types/data-type.js'
import type { Schema } from './types/data-type.js'
import { batchToRows } from './types/vector-access.js'
import { batchFromRows } from './types/vector-builder.js'
import { copyBatch } from './types/copy-batch.js'
import type { ExchangePort } from './operators/exchange-port.js'
import type { PhysicalNode, PhysicalPlan } from './plan/physical.js'
import { Pipeline } from './pipeline.js'
import type { StepResult } from './pipeline.js'
import { MemorySpill } from './state/memory-spill.js'
import type { PipelineEnvironment } from './pipeline-environment.js'

const schema: Schema = [{ name: 'n', type: BIGINT, nullable: false }]
const table = { name: 't', connector: 'test', options: {}, columns: [{ ...schema[0]!, metadata: null }], primaryKey: [], partitionedBy: [], baseDirectory: '/' }
const common = { schema, runsOn: 'all', distribution: { kind: 'local', reason: '' } } as const
const scan: PhysicalNode = {
  ...common, kind: 'scan', id: 0, inputs: [], spec: { table, columns: table.columns, filter: [], batchRows: 2 }, hidden: [], watermark: null, bounded: true,
  idleTimeoutMs: null, onError: { action: 'fail', sink: null }, summary: '',
}
const sinkOf = (id: number, input: number): PhysicalNode => ({ ...common, kind: 'sink', id, inputs: [input], table, mode: 'append', guarantee: 'none', summary: '' })
/** The first of two workers has all rows: what it sends comes to itself. */
const exchange: PhysicalNode = { ...common, kind: 'exchange', id: 1, inputs: [0], to: { kind: 'single' } }

function planOf(...nodes: PhysicalNode[]): PhysicalPlan {
  return { formatVersion: 1, strategy: 'pipelines', workerCount: 1, settings: { compile: true, batchRows: 2, timeZone: 'UTC', seed: 1 }, nodes }
}

/** A worker whose reader says what `reads` say, one after the other, and whose writer keeps what it gets. */
function world(reads: (() => ReturnType<Reader['read']>)[], parts: Partial<Writer> = {}): { env: PipelineEnvironment; log: string[]; port: TestPort; meter(): ReadMeter } {
  const log: string[] = []
  const port = new TestPort()
  let meter: ReadMeter = { bytesIn: 0, rowsFiltered: 0 }
  const connector: Connector = {
    name: 'test',
    reader: {
      options: {},
      describe: () => Promise.reject(new Error('not while running')),
      listSplits: () => Promise.reject(new Error('not while running')),
      open: async (_scan, split, context) => {
        log.push(`open ${split.id}`)
        meter = context.meter
        context.shared('connection', () => ({ close: () => log.push('close connection') }))
        return { read: () => (reads.shift() ?? (() => END))(), position: () => null, progress: () => 0.5, close: async () => void log.push(`close ${split.id}`) }
      },
    },
    writer: {
      options: {},
      describe: () => Promise.reject(new Error('not while running')),
      open: async () => ({
        write: (batch) => void log.push(`write ${batchToRows(batch, schema).join(' ')}`),
        ready: () => {},
        prepare: async (epoch) => ({ epoch }),
        close: async () => void log.push('close writer'),
        ...parts,
      }),
    },
  }
  let claimed = 0
  const env: PipelineEnvironment = {
    jobId: 'job', attempt: '1', workerIndex: 0, workerCount: 1, connector: () => connector, functionExport: () => undefined,
    splits: () => ({ splits: [{ id: 'a', weight: 10, bounded: true, detail: null }, { id: 'b', weight: 30, bounded: true, detail: null }], claim: () => (claimed < 2 ? claimed++ : -1), lastNeeded: () => Infinity }),
    exchange: () => port, results: { send: () => {}, flush: () => true }, jobWatermark: (_id, own) => own, requestStop: () => {},
    openSpill: async () => new MemorySpill(),
    nowMicros: () => 0, monotonicMs: () => 0, random: () => 0, signal: new AbortController().signal,
  }
  return { env, log, port, meter: () => meter }
}

/** A channel to oneself that lets through as much as it is told. */
class TestPort implements ExchangePort {
  readonly workerIndex = 0
  readonly workerCount = 1
  readonly waiting: Element[] = []
  readonly inside: Element[] = []
  room = Infinity

  send(_target: number, element: Element): void {
    this.waiting.push(element.kind === 'batch' ? copyBatch(element) : element)
    this.flush()
  }

  flush(): boolean {
    while (this.waiting.length > 0 && this.room > 0) {
      this.room--
      this.inside.push(this.waiting.shift()!)
    }
    return this.waiting.length === 0
  }

  receive(): { from: number; element: Element } | null {
    const element = this.inside.shift()
    return element === undefined ? null : { from: 0, element }
  }
}

const rows = (...values: number[]) => () => batchFromRows(values.map((value) => [BigInt(value)]), schema)
const end = () => END

async function runToEnd(pipeline: Pipeline): Promise<StepResult[]> {
  const results: StepResult[] = []
  for (let steps = 0; steps < 100; steps++) {
    results.push(await pipeline.step())
    if (results.at(-1) === 'ended') return results
  }
  throw new Error('the pipeline does not end')
}

describe('Pipeline', () => {
  it('reads split after split, writes, prepares and closes', async () => {
    const { env, log } = world([rows(1, 2), end, rows(3), end])
    const pipeline = await Pipeline.open(planOf(scan, sinkOf(1, 0)), env, { checked: true })
    expect(log, 'splits are opened as they come up').toEqual([])
    await runToEnd(pipeline)
    expect(log).toEqual(['open a', 'write 1 2', 'close a', 'open b', 'write 3', 'close b'])
    expect(pipeline.counters).toMatchObject({ rowsIn: 3, rowsOut: 3, splitsDone: 2, weightDone: 40, watermark: Infinity })
    expect(await pipeline.prepare(7)).toEqual([{ nodeId: 1, prepared: { epoch: 7 } }])
    await pipeline.close()
    expect(log.slice(6)).toEqual(['close writer', 'close connection'])
  })

  it('does a bounded amount in a step, and only promises where something waits', async () => {
    const { env, log } = world([rows(1), rows(2), () => null, async () => batchFromRows([[3n]], schema), async () => null])
    const pipeline = await Pipeline.open(planOf(scan, sinkOf(1, 0)), env)
    expect(await pipeline.step()).toBe('worked')
    expect(pipeline.step()).toBe('worked')
    expect(log).toEqual(['open a', 'write 1'])
    expect(pipeline.step()).toBe('worked')
    expect(pipeline.step()).toBe('idle')
    const waiting = pipeline.step()
    expect(waiting).toBeInstanceOf(Promise)
    expect(await waiting).toBe('worked')
    expect(await pipeline.step()).toBe('idle')
    expect(log).toEqual(['open a', 'write 1', 'write 2', 'write 3'])
    expect(pipeline.counters.weightDone, 'half of the open split').toBe(5)
  })

  it('is not idle while a reader filters', async () => {
    const filtered = (rowCount: number) => () => {
      meter().rowsFiltered += rowCount
      return null
    }
    const { env, meter } = world([filtered(5), filtered(5), filtered(0), rows(1), filtered(5), filtered(0)])
    const pipeline = await Pipeline.open(planOf(scan, sinkOf(1, 0)), env)
    const results: StepResult[] = []
    for (let i = 0; i < 7; i++) results.push(await pipeline.step())
    expect(results).toEqual(['worked', 'worked', 'worked', 'idle', 'worked', 'worked', 'idle'])
    expect(pipeline.counters).toMatchObject({ rowsIn: 16, rowsOut: 1, rowsFiltered: 15 })
  })

  it('waits for its writers, and tells them when there is nothing to read', async () => {
    const asked: boolean[] = []
    let release = (): void => {}
    const { env } = world([rows(1), () => null], {
      ready: (idle) => {
        asked.push(idle)
        return asked.length === 2 ? new Promise<void>((resolve) => (release = resolve)) : undefined
      },
    })
    const pipeline = await Pipeline.open(planOf(scan, sinkOf(1, 0)), env)
    await pipeline.step()
    const step = pipeline.step()
    expect(step).toBeInstanceOf(Promise)
    release()
    expect(await step).toBe('worked')
    expect(pipeline.step()).toBe('idle')
    expect(asked).toEqual([false, false, true])
  })

  it('reads nothing into an exchange that is full, but goes on receiving', async () => {
    const { env, log, port } = world([rows(1, 2), rows(3, 4), rows(5, 6)])
    const pipeline = await Pipeline.open(planOf({ ...scan, runsOn: 'first' }, exchange, sinkOf(2, 1)), { ...env, workerCount: 2 })
    port.room = 1
    await pipeline.step()
    pipeline.step()
    pipeline.step()
    expect([port.inside.length, port.waiting.length], 'received at once; one is too many').toEqual([0, 1])
    for (let i = 0; i < 5; i++) expect(pipeline.step()).toBe('idle')
    expect(port.waiting.length, 'nothing more was read').toBe(1)
    expect(log).toEqual(['open a', 'write 1 2'])
    port.room = Infinity
    await runToEnd(pipeline)
    expect(log.filter((line) => line.startsWith('write'))).toEqual(['write 1 2', 'write 3 4', 'write 5 6'])
  })

  it('ends in order when it is drained', async () => {
    const { env, log } = world([rows(1), rows(2)])
    const pipeline = await Pipeline.open(planOf({ ...scan, runsOn: 'first' }, exchange, sinkOf(2, 1)), { ...env, workerCount: 2 }, { checked: true })
    await pipeline.step()
    await pipeline.step()
    pipeline.drain()
    await runToEnd(pipeline)
    expect(log).toEqual(['open a', 'close a', 'write 1'])
  })

  it('closes everything although something fails, and says what', async () => {
    const { env, log } = world([rows(1)], { close: async () => Promise.reject(new Error('disk full')) })
    const pipeline = await Pipeline.open(planOf(scan, sinkOf(1, 0)), env)
    await pipeline.step()
    await pipeline.step()
    await expect(pipeline.close()).rejects.toThrow('disk full')
    expect(log).toEqual(['open a', 'write 1', 'close a', 'close connection'])
  })

  it('lets go of what was opened when it cannot be built', async () => {
    const { env, log } = world([])
    const reading: PipelineEnvironment = { ...env, connector: () => { const { reader: _, ...writing } = env.connector(''); return writing } }
    await expect(Pipeline.open(planOf(scan, sinkOf(1, 0)), reading)).rejects.toMatchObject({ code: 'CONNECTOR_DIRECTION' } satisfies Partial<MillraceError>)
    expect(log).toEqual(['close writer'])
  })

  it('passes errors of readers on', async () => {
    const failing = new MillraceError('SOURCE_UNREADABLE', 'gone')
    const { env } = world([() => { throw failing }])
    const pipeline = await Pipeline.open(planOf(scan, sinkOf(1, 0)), env)
    await pipeline.step()
    await expect((async () => pipeline.step())()).rejects.toBe(failing)
    await pipeline.close()
  })
})
