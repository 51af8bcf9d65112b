import { batchFromRows, batchToRows, BIGINT, END, type Schema, STRING } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { exchangeRingBytes } from './ring-size.js'
import { newExchangeMemory, RingPort } from './ring-port.js'

const schema: Schema = [{ name: 'key', type: STRING, nullable: true }, { name: 'n', type: BIGINT, nullable: false }]
const rows = (from: number, count: number): [string | null, bigint][] =>
  Array.from({ length: count }, (_, i) => [i % 7 === 0 ? null : `key ${from + i}`, BigInt(from + i) * 1_000_000_007n * 1_000_003n])

describe('an exchange of rings', () => {
  it('carries every kind of element from each worker to each, in order', () => {
    const memory = newExchangeMemory(3, 65_536)
    const ports = [0, 1, 2].map((w) => new RingPort(memory, w, 3, schema))
    for (const port of ports) {
      for (let target = 0; target < 3; target++) {
        port.send(target, batchFromRows(rows(port.workerIndex * 10 + target, 20), schema))
        port.send(target, { kind: 'watermark', micros: port.workerIndex })
        port.send(target, { kind: 'barrier', epoch: 7 })
        port.send(target, END)
      }
      expect(port.flush()).toBe(true)
    }
    for (const port of ports) {
      const seen: unknown[][] = [[], [], []]
      for (let got = port.receive(); got !== null; got = port.receive()) {
        const { element } = got
        seen[got.from]!.push(element.kind === 'batch' ? batchToRows(element, schema) : { ...element })
      }
      for (let from = 0; from < 3; from++) {
        const signals = [{ kind: 'watermark', micros: from }, { kind: 'barrier', epoch: 7 }, { kind: 'end' }]
        expect(seen[from]).toEqual([rows(from * 10 + port.workerIndex, 20), ...signals])
      }
    }
  })

  it('keeps what does not fit and says so until the receiver has made room', () => {
    const memory = newExchangeMemory(1, 65_536)
    const port = new RingPort(memory, 0, 1, schema)
    for (let i = 0; i < 100; i++) port.send(0, batchFromRows(rows(i * 200, 200), schema))
    expect(port.flush()).toBe(false)
    const all: unknown[] = []
    for (let idle = 0; idle < 2; ) {
      const got = port.receive()
      if (got === null) {
        port.flush()
        idle++
      } else {
        idle = 0
        if (got.element.kind === 'batch') all.push(...batchToRows(got.element, schema))
      }
    }
    expect(port.flush()).toBe(true)
    expect(all).toEqual(Array.from({ length: 100 }, (_, i) => rows(i * 200, 200)).flat())
  })

  it('sends a batch that is larger than a record in parts, in order, however unequal its rows are', () => {
    const memory = newExchangeMemory(1, 65_536)
    const port = new RingPort(memory, 0, 1, schema)
    const sent = rows(0, 3_000).map(([key, n], i): [string | null, bigint] => [i % 1_000 === 1 ? 'wide'.repeat(20_000) : key, n])
    port.send(0, batchFromRows(sent, schema, Uint8Array.from(sent, (_, i) => i % 4)))
    const all: unknown[] = []
    const kinds: number[] = []
    let messages = 0
    for (let idle = 0; idle < 20; ) {
      const got = port.receive()
      if (got === null) {
        port.flush()
        idle++
      } else if (got.element.kind === 'batch') {
        idle = 0
        messages++
        all.push(...batchToRows(got.element, schema))
        kinds.push(...got.element.rowKinds!)
      }
    }
    expect(messages).toBeGreaterThan(3)
    expect(all).toEqual(sent)
    expect(kinds).toEqual(sent.map((_, i) => i % 4))
  })

  it('has rings that shrink with the square of the workers and stay within their bounds', () => {
    const sizes = [1, 2, 8, 16, 32, 64].map((workers) => exchangeRingBytes(workers, 1))
    expect(sizes).toEqual([1_048_576, 1_048_576, 1_048_576, 524_288, 131_072, 65_536])
  })
})
