import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExchangeNode } from '../plan/physical.js'
import { batchOf } from '../types/batch.js'
import { copyBatch } from '../types/copy-batch.js'
import { BIGINT, STRING } from '../types/data-type.js'
import type { Schema, Value } from '../types/data-type.js'
import { END } from '../types/element.js'
import type { Element } from '../types/element.js'
import { batchToRows } from '../types/vector-access.js'
import { batchFromRows } from '../types/vector-builder.js'
import type { ExchangePort, ReceivedElement } from './exchange-port.js'
import { ExchangeReceiver, ExchangeSendOperator } from './exchange.js'
import { newMeter } from './operator.js'

const schema: Schema = [{ name: 'key', type: STRING, nullable: true }, { name: 'n', type: BIGINT, nullable: false }]

function nodeTo(to: ExchangeNode['to']): ExchangeNode {
  return { kind: 'exchange', id: 1, inputs: [0], schema, runsOn: 'all', distribution: { kind: 'exchange', reason: '' }, to }
}

/** A port that keeps what is sent, by target, and gives what it is told to. */
class RecordingPort implements ExchangePort {
  readonly workerIndex = 0
  readonly sent: Element[][]
  readonly incoming: ReceivedElement[] = []

  constructor(readonly workerCount: number) {
    this.sent = Array.from({ length: workerCount }, () => [])
  }

  send(target: number, element: Element): void {
    this.sent[target]!.push(element.kind === 'batch' ? copyBatch(element) : element)
  }

  flush(): boolean {
    return true
  }

  receive(held?: readonly boolean[]): ReceivedElement | null {
    const next = this.incoming.findIndex(({ from }) => held?.[from] !== true)
    return next === -1 ? null : this.incoming.splice(next, 1)[0]!
  }

  /** `[key n …]` for a batch, the kind for a signal. */
  told(target: number): string[] {
    return this.sent[target]!.map(textOf)
  }
}

function textOf(element: Element): string {
  switch (element.kind) {
    case 'batch': return batchToRows(element, schema).map(([key, n]) => `${key as string}${n as bigint}`).join(' ')
    case 'watermark': return `watermark ${element.micros}`
    case 'barrier': return `barrier ${element.epoch}`
    case 'end': return 'end'
  }
}

const batch = (...rows: readonly (readonly [string | null, number])[]): Element => batchFromRows(rows.map(([key, n]): Value[] => [key, BigInt(n)]), schema)

describe('sending', () => {
  it('keeps few rows back until there are enough, and sends all before a signal', () => {
    const port = new RecordingPort(2)
    const meter = newMeter()
    const operator = new ExchangeSendOperator(nodeTo({ kind: 'single' }), port, meter, 4)
    operator.push(batch(['a', 1]))
    operator.push(batch(['a', 2], ['a', 3]))
    expect(port.told(0)).toEqual([])
    operator.push(batch(['a', 4], ['a', 5]))
    expect(port.told(0)).toEqual(['a1 a2 a3 a4'])
    operator.push({ kind: 'watermark', micros: 7 })
    operator.push({ kind: 'barrier', epoch: 1 })
    operator.push(END)
    expect(port.told(0)).toEqual(['a1 a2 a3 a4', 'a5', 'watermark 7', 'barrier 1', 'end'])
    expect(port.told(1), 'only worker 0 receives').toEqual([])
    expect(meter).toMatchObject({ rowsIn: 5, rowsOut: 5 })
  })

  it('passes a large batch on as it is, after what waited', () => {
    const port = new RecordingPort(1)
    const operator = new ExchangeSendOperator(nodeTo({ kind: 'single' }), port, newMeter(), 4)
    operator.push(batch(['a', 1]))
    operator.push(batch(['a', 2], ['a', 3], ['a', 4]))
    expect(port.told(0)).toEqual(['a1', 'a2 a3 a4'])
    expect(operator.flushPending()).toBe(false)
  })

  it('sends what waits when there is nothing else to do', () => {
    const port = new RecordingPort(1)
    const operator = new ExchangeSendOperator(nodeTo({ kind: 'single' }), port, newMeter(), 4)
    operator.push(batch(['a', 1]))
    expect(operator.flushPending()).toBe(true)
    expect(port.told(0)).toEqual(['a1'])
  })

  it('gives every key one owner and every owner its rows in order', () => {
    const rows = fc.array(fc.tuple(fc.option(fc.string({ maxLength: 3 })), fc.nat(99)), { minLength: 1, maxLength: 40 })
    fc.assert(fc.property(fc.array(rows, { maxLength: 5 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 9 }), (batches, workers, batchRows) => {
      const port = new RecordingPort(workers)
      const operator = new ExchangeSendOperator(nodeTo({ kind: 'hash', columns: [0] }), port, newMeter(), batchRows)
      for (const given of batches) operator.push(batch(...given))
      operator.push(END)
      const owners = new Map<Value, number>()
      const received = port.sent.map((elements) => elements.flatMap((element) => (element.kind === 'batch' ? batchToRows(element, schema) : [])))
      received.forEach((got, worker) => got.forEach(([key]) => {
        expect(owners.get(key!) ?? worker).toBe(worker)
        owners.set(key!, worker)
      }))
      for (const [key, owner] of owners) {
        const expected = batches.flat().filter((row) => row[0] === key).map(([, n]) => BigInt(n))
        expect(received[owner]!.filter((row) => row[0] === key).map(([, n]) => n)).toEqual(expected)
      }
      expect(received.flat().length).toBe(batches.flat().length)
    }))
  })

  it('keeps row kinds', () => {
    const port = new RecordingPort(1)
    const operator = new ExchangeSendOperator(nodeTo({ kind: 'hash', columns: [0] }), port, newMeter(), 8)
    const { columns } = batchFromRows([['a', 1n], ['b', 2n]], schema)
    operator.push(batchOf(columns, 2, Uint8Array.of(1, 2)))
    operator.push(batch(['c', 3]))
    operator.flushPending()
    const [sent] = port.sent[0]!
    expect(sent!.kind === 'batch' && [...sent!.rowKinds!.subarray(0, 3)]).toEqual([1, 2, 0])
  })
})

describe('receiving', () => {
  function receiver(senders: number): { port: RecordingPort; intake: ExchangeReceiver; told: string[]; receive(...elements: [number, Element][]): void } {
    const port = new RecordingPort(senders)
    const told: string[] = []
    const intake = new ExchangeReceiver(port, senders, { push: (element) => told.push(textOf(element)) }, newMeter())
    return {
      port, intake, told,
      receive: (...elements) => {
        port.incoming.push(...elements.map(([from, element]) => ({ from, element })))
        while (!intake.ended && intake.poll());
      },
    }
  }

  it('is as far as the last of its senders', () => {
    const { told, receive, intake } = receiver(2)
    receive([0, { kind: 'watermark', micros: 5 }])
    expect(told).toEqual([])
    receive([1, { kind: 'watermark', micros: 3 }], [1, batch(['a', 1])], [1, { kind: 'watermark', micros: 9 }])
    expect(told).toEqual(['watermark 3', 'a1', 'watermark 5'])
    receive([0, { kind: 'watermark', micros: Infinity }], [0, END])
    expect(told.slice(3)).toEqual(['watermark 9'])
    expect(intake.ended).toBe(false)
    receive([1, { kind: 'watermark', micros: Infinity }], [1, END])
    expect(told.slice(4)).toEqual(['watermark Infinity', 'end'])
    expect(intake.ended).toBe(true)
  })

  it('holds what comes behind a barrier until all barriers have come', () => {
    const { told, receive } = receiver(3)
    receive([0, { kind: 'barrier', epoch: 1 }], [0, batch(['late', 1])], [0, { kind: 'watermark', micros: 4 }], [1, batch(['b', 2])], [1, { kind: 'barrier', epoch: 1 }])
    expect(told).toEqual(['b2'])
    receive([2, batch(['c', 3])], [2, { kind: 'barrier', epoch: 1 }])
    expect(told).toEqual(['b2', 'c3', 'barrier 1', 'late1'])
    receive([1, { kind: 'watermark', micros: 8 }], [2, { kind: 'watermark', micros: 6 }])
    expect(told.slice(4)).toEqual(['watermark 4'])
  })

  it('does not wait for the barrier of a sender that has ended', () => {
    const { told, receive } = receiver(2)
    receive([0, { kind: 'barrier', epoch: 1 }], [1, { kind: 'watermark', micros: Infinity }], [1, END])
    expect(told).toEqual(['barrier 1'])
  })

  it('holds barriers of the next epoch too', () => {
    const { told, receive } = receiver(2)
    const barrier = (epoch: number): Element => ({ kind: 'barrier', epoch })
    receive([0, barrier(1)], [0, batch(['a', 1])], [0, barrier(2)], [0, batch(['a', 2])], [1, barrier(1)])
    expect(told).toEqual(['barrier 1', 'a1'])
    receive([1, batch(['b', 3])], [1, barrier(2)])
    expect(told.slice(2)).toEqual(['b3', 'barrier 2', 'a2'])
  })

  it('refuses what breaks the order', () => {
    expect(() => receiver(1).receive([0, { kind: 'watermark', micros: 5 }], [0, { kind: 'watermark', micros: 4 }])).toThrow(/does not go back/)
    expect(() => receiver(1).receive([3, END])).toThrow(/only from its senders/)
    const twice = receiver(2)
    expect(() => twice.receive([0, END], [0, END])).toThrow(/after its End/)
  })
})
