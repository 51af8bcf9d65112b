import { describe, expect, it } from 'vitest'
import { columnOf, literalOf, type Expression } from '../../expressions/expression.js'
import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, type RowKind } from '../../types/batch.js'
import { BIGINT, DOUBLE, INT, STRING, timestamp, type Schema, type Value } from '../../types/data-type.js'
import { END, type Element } from '../../types/element.js'
import { batchFromRows } from '../../types/vector-builder.js'
import {
  aggregateCall, aggregateNode, atEnd, call, changesOf, columnNamed, folded, rowText, runAggregate, type AggregateDescription,
} from './run-aggregate.test.data.js'

const SECOND = 1_000_000
const both = [true, false]

const clicks: Schema = [
  { name: 'user', type: STRING, nullable: true }, { name: 'amount', type: BIGINT, nullable: true },
  { name: 'window_end', type: timestamp(3), nullable: true }, { name: 'watermark', type: DOUBLE, nullable: false },
  { name: 'ordinal', type: DOUBLE, nullable: false },
]
const [user, amount, windowEnd, ordinal] = ['user', 'amount', 'window_end', 'ordinal'].map((name) => columnNamed(clicks, name)) as [
  Expression, Expression, Expression, Expression,
]

/** user, amount, window end and own watermark in seconds. */
function batch(...rows: readonly (readonly [string | null, number | null, (number | null)?, number?])[]): Element {
  return batchFromRows(rows.map(([name, value, end, seen], i): Value[] => [
    name, value === null ? null : BigInt(value), end === undefined || end === null ? null : end * SECOND,
    seen === undefined ? -Infinity : seen * SECOND, i,
  ]), clicks)
}

function changelog(...rows: readonly (readonly [RowKind, string, number])[]): Element {
  const values = rows.map(([, name, value]): Value[] => [name, BigInt(value), null, -Infinity, 0])
  return batchFromRows(values, clicks, Uint8Array.from(rows, ([kind]) => kind))
}

const watermark = (seconds: number): Element => ({ kind: 'watermark', micros: seconds * SECOND })

/** What came out, one text an element: `+I ada 2`, `watermark 60`. */
function told(
  description: Omit<AggregateDescription, 'input'>,
  input: readonly Element[],
  compile: boolean,
  phase: 'complete' | 'partial' = 'complete',
): string[] {
  const node = aggregateNode({ input: clicks, ...description }, phase)
  const run = runAggregate(node, clicks, input, { compile })
  return run.elements.flatMap((element) => {
    switch (element.kind) {
      case 'batch': {
        const changes = changesOf({ ...run, elements: [element] }, node.schema)
        return changes.map(({ kind, row }) => [kind, ...row.map(cell(node.schema))].join(' '))
      }
      case 'watermark': return [`watermark ${element.micros / SECOND}`]
      default: return [element.kind]
    }
  })
}

const cell = (schema: Schema) => (value: Value, c: number): string =>
  typeof value === 'number' && schema[c]!.type.kind === 'TIMESTAMP' ? String(value / SECOND) : String(value)

describe.each(both)('AggregateOperator, compile %s', (compile) => {
  const counted = { keys: [user], calls: [aggregateCall('count', []), aggregateCall('sum', [amount])] }

  it('emits every group once at the end, in the order in which they came', () => {
    expect(told(counted, [batch(['ada', 1], ['bob', 2]), batch([null, 5], ['ada', 3], ['bob', null]), ...atEnd], compile))
      .toEqual(['watermark Infinity', '+I ada 2 4', '+I bob 2 2', '+I null 1 5', 'end'])
  })

  it('has one group without keys, even of no rows, but as many as it has rows with keys', () => {
    const calls = [aggregateCall('count', []), aggregateCall('sum', [amount]), aggregateCall('min', [user])]
    expect(told({ calls }, [END], compile)).toEqual(['+I 0 null null', 'end'])
    expect(told({ calls }, [batch(['ada', 1]), END], compile)).toEqual(['+I 1 1 ada', 'end'])
    expect(told({ calls, emit: 'changes' }, [END], compile)).toEqual(['+I 0 null null', 'end'])
    expect(told({ calls, keys: [user] }, [END], compile)).toEqual(['end'])
    expect(told({ calls }, [END], compile, 'partial')).toEqual(['end'])
  })

  it('is DISTINCT without calls', () => {
    const rows = batch(['ada', 1], ['ada', 1], ['ada', null], ['ada', null])
    expect(told({ keys: [user, amount] }, [rows, END], compile)).toEqual(['+I ada 1', '+I ada null', 'end'])
  })

  it('emits what a batch has changed, after the batch, and nothing for a result that is the same', () => {
    const description = { keys: [user], calls: [aggregateCall('max', [amount])], emit: 'changes' as const }
    expect(told(description, [batch(['ada', 5], ['ada', 7], ['bob', 1]), batch(['ada', 6], ['bob', 2]), END], compile))
      .toEqual(['+I ada 7', '+I bob 1', '-U bob 1', '+U bob 2', 'end'])
  })

  it('leaves no trace of a row that fails', () => {
    const inverse = call('/', [literalOf(10n, BIGINT), amount])
    const node = aggregateNode({ input: clicks, keys: [user], calls: [aggregateCall('count', []), aggregateCall('sum', [inverse])] })
    const run = runAggregate(node, clicks, [batch(['ada', 2], ['bob', 0], ['ada', 0], ['ada', 5]), END], { compile })
    expect(folded(run, node.schema)).toEqual([rowText(['ada', 2n, 7n], node.schema)])
    expect(run.failed).toEqual([{ code: 'DIVISION_BY_ZERO', row: 1 }, { code: 'DIVISION_BY_ZERO', row: 2 }])
    expect(run.meter).toMatchObject({ rowsIn: 4, rowsAggregated: 2, rowsFailed: 2, rowsOut: 1 })
    const failure = expect.objectContaining({ code: 'DIVISION_BY_ZERO' })
    expect(() => runAggregate(node, clicks, [batch(['bob', 0])], { compile, onError: 'fail' })).toThrow(failure)
  })

  it('sums beyond 2^53 and beyond 64 bits exactly, and fails the group whose result does not fit', () => {
    const most = 2n ** 63n - 1n
    const rows: Value[][] = [
      ['ada', most], ['ada', most], ['ada', -most], ['bob', 2n ** 53n - 1n], ['bob', 1n], ['bob', 1n], ['eve', most], ['eve', 1n],
    ]
    const input = batchFromRows(rows.map((row) => [...row, null, -Infinity, 0]), clicks)
    const node = aggregateNode({ input: clicks, ...counted })
    const run = runAggregate(node, clicks, [input, END], { compile })
    expect(folded(run, node.schema)).toEqual([rowText(['ada', 3n, most], node.schema), rowText(['bob', 3n, 2n ** 53n + 1n], node.schema)])
    expect(run.failed.map(({ code }) => code)).toEqual(['NUMERIC_OVERFLOW'])
  })

  it('counts what a fused filter drops', () => {
    const description = { ...counted, filter: call('>', [amount, literalOf(1n, BIGINT)]) }
    expect(told(description, [batch(['ada', 1], ['bob', 2], ['eve', null]), END], compile)).toEqual(['+I bob 1 2', 'end'])
  })

  describe('windows', () => {
    const window = { endKey: 1, allowedLatenessMicros: 0, watermarkColumn: 3 }
    const windowed = { ...counted, keys: [user, windowEnd], window }

    it('close once, by end, when the watermark reaches it, and the watermark follows the results', () => {
      expect(told(windowed, [
        batch(['ada', 1, 120], ['ada', 2, 60], ['bob', 3, 60]), watermark(59), batch(['ada', 4, 60]), watermark(60),
        batch(['ada', 8, 180]), watermark(150), ...atEnd,
      ], compile)).toEqual([
        'watermark 59', '+I ada 60 2 6', '+I bob 60 1 3', 'watermark 60', '+I ada 120 1 1', 'watermark 150', '+I ada 180 1 8',
        'watermark Infinity', 'end',
      ])
    })

    it('drop and count rows that their own split had passed, whatever the job has seen', () => {
      const node = aggregateNode({ input: clicks, ...windowed })
      const rows = batch(['ada', 1, 60, 59], ['ada', 2, 60, 60], ['ada', 4, 60, 61], ['ada', 8, 120, 61])
      const run = runAggregate(node, clicks, [rows, ...atEnd], { compile })
      const expected: Value[][] = [['ada', 120 * SECOND, 1n, 8n], ['ada', 60 * SECOND, 1n, 1n]]
      expect(folded(run, node.schema)).toEqual(expected.map((row) => rowText(row, node.schema)))
      expect(run.meter).toMatchObject({ rowsIn: 4, rowsLate: 2, rowsAggregated: 2, rowsOut: 2 })
    })

    it('stay open for the allowed lateness', () => {
      const patient = { ...windowed, window: { ...window, allowedLatenessMicros: 5 * SECOND } }
      const input = [batch(['ada', 1, 60, 0]), watermark(64), batch(['ada', 2, 60, 64], ['ada', 4, 60, 65]), watermark(65), ...atEnd]
      expect(told(patient, input, compile))
        .toEqual(['watermark 64', '+I ada 60 2 3', 'watermark 65', 'watermark Infinity', 'end'])
    })

    it('of rows without a time close at the end', () => {
      expect(told(windowed, [batch(['ada', 1, null, 99], ['ada', 2, 60]), watermark(100), ...atEnd], compile))
        .toEqual(['+I ada 60 1 2', 'watermark 100', '+I ada null 1 1', 'watermark Infinity', 'end'])
    })

    it('emit changes as they come and nothing more when they close', () => {
      const input = [batch(['ada', 1, 60]), batch(['ada', 2, 60]), watermark(60), batch(['ada', 4, 120]), ...atEnd]
      expect(told({ ...windowed, emit: 'changes' }, input, compile))
        .toEqual(['+I ada 60 1 1', '-U ada 60 1 1', '+U ada 60 2 3', 'watermark 60', '+I ada 120 1 4', 'watermark Infinity', 'end'])
    })

    it('of a partial aggregate send their states before the watermark', () => {
      expect(told(windowed, [batch(['ada', 1, 60], ['bob', 1, 120]), watermark(60), ...atEnd], compile, 'partial'))
        .toEqual(['+I ada 60 1 1 1', 'watermark 60', '+I bob 120 1 1 1', 'watermark Infinity', 'end'])
    })

    it('leave no state behind', () => {
      const node = aggregateNode({ input: clicks, ...windowed })
      const minute = (w: number): Element[] => [batch([`user ${w}`, w, w + 1], [`other ${w}`, 1, w + 2]), watermark(w)]
      const input = Array.from({ length: 400 }, (_, w) => minute(w)).flat()
      const run = runAggregate(node, clicks, input, { compile })
      expect(run.meter.groups).toBeLessThan(10)
      expect(run.meter.rowsOut).toBe(797)
      expect(run.meter.stateBytes).toBeLessThan(600_000)
    })
  })

  it('sends the states of a partial aggregate after every batch, if changes are wanted', () => {
    const input = [batch(['ada', 1], ['ada', 2]), batch(['ada', 4]), END]
    expect(told({ ...counted, emit: 'changes' }, input, compile, 'partial')).toEqual(['+I ada 2 3 2', '+I ada 1 4 1', 'end'])
  })

  it('takes rows back where the plan says so', () => {
    const description = { ...counted, retracting: true, emit: 'changes' as const }
    expect(told(description, [
      changelog([INSERT, 'ada', 5], [INSERT, 'bob', 1]), changelog([UPDATE_BEFORE, 'ada', 5], [UPDATE_AFTER, 'ada', 7]),
      changelog([DELETE, 'bob', 1]), changelog([INSERT, 'bob', 2]), END,
    ], compile)).toEqual(['+I ada 1 5', '+I bob 1 1', '-U ada 1 5', '+U ada 1 7', '-D bob 1 1', '+I bob 1 2', 'end'])
    const last = changelog([INSERT, 'ada', 5], [INSERT, 'bob', 1], [DELETE, 'ada', 5])
    expect(told({ ...description, emit: 'final' }, [last, END], compile)).toEqual(['+I bob 1 1', 'end'])
  })

  it('counts distinct values of rows that are taken back', () => {
    const description = { keys: [user], calls: [aggregateCall('count', [amount], { distinct: true })], retracting: true }
    const rows = changelog([INSERT, 'ada', 5], [INSERT, 'ada', 5], [INSERT, 'ada', 6], [DELETE, 'ada', 5], [DELETE, 'ada', 6])
    expect(told(description, [rows, END], compile)).toEqual(['+I ada 1', 'end'])
  })

  it('refuses rows that are taken back where the plan says there are none', () => {
    const input = [changelog([INSERT, 'ada', 5], [DELETE, 'ada', 5])]
    const refusal = expect.objectContaining({ code: 'SQL_CHANGELOG' })
    expect(() => told(counted, input, compile)).toThrow(refusal)
  })

  it('emits batches of the size that is set', () => {
    const node = aggregateNode({ input: clicks, keys: [amount], calls: [aggregateCall('count', [])] })
    const input = [batchFromRows(Array.from({ length: 25 }, (_, i): Value[] => ['ada', BigInt(i), null, 0, 0]), clicks), END]
    const run = runAggregate(node, clicks, input, { compile, batchRows: 10 })
    expect(run.elements.map((element) => element.kind === 'batch' ? element.length : element.kind)).toEqual([10, 10, 5, 'end'])
    expect(folded(run, node.schema)).toHaveLength(25)
  })
})

describe.each(both)('ordered calls, compile %s', (compile) => {
  const comma = literalOf(',', STRING)
  const withOrdinal = (options = {}) => ({ args: [user, comma, ordinal], argTypes: [STRING, STRING], ...options })
  const listed = (options = {}) => ({ ...aggregateCall('string_agg', [user, comma]), ...withOrdinal(options) })
  const rows = (names: readonly string[], from: number): Element =>
    batchFromRows(names.map((name, i): Value[] => [name, BigInt(name.length), null, 0, from + i]), clicks)
  const by = (key: Expression, descending: boolean) => ({ key, descending, nullsFirst: false })

  it.each([
    ['as they came', {}, 'b,a,ccc,a,b,a'],
    ['sorted', { orderBy: [by(amount, true), by(user, false)] }, 'ccc,a,a,a,b,b'],
    ['distinct', { distinct: true }, 'b,a,ccc'],
    ['distinct and sorted', { distinct: true, orderBy: [by(user, true)] }, 'ccc,b,a'],
  ])('%s, in one part or two', (_name, options, expected) => {
    const description = { input: clicks, calls: [listed(options)] }
    const complete = aggregateNode(description)
    const first = rows(['b', 'a', 'ccc'], 0)
    const second = rows(['a', 'b', 'a'], 3)
    const whole = runAggregate(complete, clicks, [second, first, END], { compile })
    expect(changesOf(whole, complete.schema).map(({ row }) => row)).toEqual([[expected]])
    const partial = aggregateNode(description, 'partial')
    const states = [second, first].flatMap((part) => runAggregate(partial, clicks, [part, END], { compile }).elements)
    const batches = states.filter(({ kind }) => kind === 'batch')
    const merged = runAggregate(aggregateNode(description, 'final'), partial.schema, [...batches, END], { compile })
    expect(changesOf(merged, complete.schema).map(({ row }) => row)).toEqual([[expected]])
  })
})

describe('a partial aggregate', () => {
  it('sends its states on when it holds too many groups, and nothing is lost', () => {
    const schema: Schema = [{ name: 'n', type: INT, nullable: false }]
    const n = columnOf(0, schema[0]!)
    const description = { input: schema, keys: [n], calls: [aggregateCall('count', [])] }
    const values = (from: number): Element => ({
      kind: 'batch', length: 16_384, rowKinds: null, origin: null,
      columns: [{ kind: 'i32', values: Int32Array.from({ length: 16_384 }, (_, i) => from + i), nulls: null }],
    })
    const partial = aggregateNode(description, 'partial')
    const input = [...Array.from({ length: 20 }, (_, b) => values(b * 16_384)), values(0)]
    const early = runAggregate(partial, schema, input)
    expect(early.meter.rowsOut).toBeGreaterThan(262_144)
    expect(early.meter.groups).toBeLessThan(262_144)
    const final = aggregateNode(description, 'final')
    const states = runAggregate(partial, schema, [...input, END])
    const results = runAggregate(final, partial.schema, states.elements)
    const counts = changesOf(results, final.schema).map(({ row }) => Number(row[1]))
    expect(counts).toHaveLength(20 * 16_384)
    expect(counts.filter((count) => count === 2)).toHaveLength(16_384)
  })
})
