// Measures what a snapshot of a large aggregate costs: how long its pipeline stops, how long the pieces and the batches in between take,
// what is written, and how long it takes to go on from it. Run by hand, after a build: node scripts/measure-snapshots.mjs [keys]
import { performance } from 'node:perf_hooks'

const core = new URL('../packages/core/dist/', import.meta.url)
const load = (path) => import(new URL(path, core).href)
const { AggregateOperator } = await load('operators/aggregate/aggregate-operator.js')
const { aggregateCall, aggregateNode, columnNamed } = await load('operators/aggregate/run-aggregate.test.data.js')
const { newMeter } = await load('operators/operator.js')
const { StateChains } = await load('state-chains.js')
const { eachStoredBatch } = await load('stored-rows.js')
const { batchOf } = await load('types/batch.js')
const { BIGINT, DOUBLE, STRING } = await load('types/data-type.js')

const KEYS = Number(process.argv[2] ?? 1_000_000)
const ROWS = 1_024
/** Batches between two pieces of a snapshot while rows flow. */
const FLOWING = 4
const QUIET = 0

let seed = 12_345
function chance(below) {
  seed ^= seed << 13
  seed ^= seed >>> 17
  seed ^= seed << 5
  return Math.floor(((seed >>> 0) / 2 ** 32) * below)
}

/** What it took by the clock, and what this process worked meanwhile: less where others had the machine, more where collecting went on beside. */
function timed(work) {
  const [from, cpu] = [performance.now(), process.cpuUsage()]
  const result = work()
  const { user, system } = process.cpuUsage(cpu)
  return { result, ms: performance.now() - from, cpuMs: (user + system) / 1_000 }
}

const rounded = (figures) => Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(3))]))

function keyColumn(type, keys) {
  if (type === BIGINT) return { kind: 'exact', values: Float64Array.from(keys), wide: null, nulls: null }
  const texts = keys.map((key) => Buffer.from(`customer-${key}`))
  const starts = new Int32Array(ROWS)
  const ends = new Int32Array(ROWS)
  texts.reduce((at, text, i) => {
    starts[i] = at
    return (ends[i] = at + text.length)
  }, 0)
  return { kind: 'utf8', bytes: new Uint8Array(Buffer.concat(texts)), starts, ends, nulls: null }
}

function batch(type, keyOf) {
  const keys = Array.from({ length: ROWS }, (_, row) => keyOf(row))
  const quantities = { kind: 'exact', values: Float64Array.from(keys, (key) => key % 97), wide: null, nulls: null }
  const prices = { kind: 'f64', values: Float64Array.from(keys, () => chance(10_000) / 100), nulls: null }
  return batchOf([keyColumn(type, keys), quantities, prices], ROWS)
}

for (const type of [BIGINT, STRING]) for (const emit of ['final', 'changes']) measure(type, emit)

function measure(type, emit) {
  const name = `${type.kind} keys, ${emit}:`
  const input = [{ name: 'key', type, nullable: false }, { name: 'quantity', type: BIGINT, nullable: false }, { name: 'price', type: DOUBLE, nullable: false }]
  const [key, quantity, price] = input.map((field) => columnNamed(input, field.name))
  const calls = [aggregateCall('count', []), aggregateCall('sum', [quantity]), aggregateCall('min', [price]), aggregateCall('max', [price])]
  const node = aggregateNode({ input, keys: [key], calls, emit })
  const newOperator = () => new AggregateOperator(node, input, {
    output: { push: () => {} }, settings: { compile: true, batchRows: ROWS, timeZone: 'UTC', seed: 1 }, meter: newMeter(),
    rowFailed: (error) => { throw error }, requestStop: () => {}, nowMicros: () => 0, random: () => 0, timeZone: 'UTC',
  })
  const operator = newOperator()
  const scattered = Array.from({ length: 600 }, () => batch(type, () => chance(KEYS)))
  const onePercent = () => { for (let b = 0; b < KEYS / 100 / ROWS; b++) operator.push(scattered[b]) }
  const push = (b) => timed(() => operator.push(scattered[b % scattered.length])).ms
  const rate = () => {
    const { ms } = timed(() => { for (const rows of scattered) operator.push(rows) })
    return { rowsPerSecond: scattered.length * ROWS / ms * 1_000 }
  }

  for (let b = 0; b < KEYS / ROWS; b++) operator.push(batch(type, (row) => b * ROWS + row))
  rate()
  console.log(name, 'without snapshots', rounded(rate()))

  const chains = new StateChains(1, operator.state)
  let epoch = 0
  const snapshot = (label, batchesBetween) => {
    const figures = { stopMs: 0, longestPieceMs: 0, longestPieceCpuMs: 0, writingMs: 0, longestBatchMs: 0, batches: 0, bytes: 0 }
    figures.stopMs = timed(() => chains.begin(++epoch, { write: (bytes) => ((figures.bytes += bytes.length), bytes.slice()) })).ms
    for (let done = false; !done;) {
      for (let i = 0; i < batchesBetween; i++) figures.longestBatchMs = Math.max(figures.longestBatchMs, push(figures.batches++))
      const { result, ms, cpuMs } = timed(() => chains.advance())
      done = result
      figures.writingMs += ms
      figures.longestPieceMs = Math.max(figures.longestPieceMs, ms)
      figures.longestPieceCpuMs = Math.max(figures.longestPieceCpuMs, cpuMs)
    }
    console.log(name, label, rounded(figures))
  }
  snapshot('all keys', QUIET)
  onePercent()
  snapshot('1 % of the keys', QUIET)
  console.log(name, 'between snapshots', rounded(rate()))
  snapshot('46 % of the keys, rows flowing', FLOWING)

  const { ms } = timed(() => {
    const { state } = newOperator()
    eachStoredBatch(chains.stored().tables[0].parts, state.tables[0].schema, (rows) => state.restore(0, rows))
  })
  console.log(name, 'going on', rounded({ restoreMs: ms, parts: chains.stored().tables[0].parts.length }))
}
