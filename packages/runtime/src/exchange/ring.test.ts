import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Worker } from 'node:worker_threads'
import { Outbox } from './outbox.js'
import { newRing, RingReader, RingWriter } from './ring.js'

/** Bytes that depend on the message's number, so that a mix-up shows. */
function message(number: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (number * 31 + i * 7) & 0xff)
}

function received(reader: RingReader): Uint8Array {
  return reader.bytes.slice(reader.offset, reader.offset + reader.length)
}

describe('a ring', () => {
  it('gives messages back in order and whole, however producer and consumer take turns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 60 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
        (lengths, turns) => {
          const memory = newRing(1_024)
          const outbox = new Outbox(memory)
          const reader = new RingReader(memory)
          const sent: Uint8Array[] = []
          const taken: Uint8Array[] = []
          const offsets: number[] = []
          const send = (length: number): void => {
            const own = message(sent.length, length)
            sent.push(own)
            outbox.send(length, (bytes, offset) => {
              offsets.push(offset)
              bytes.set(own, offset)
            })
          }
          for (const turn of turns) {
            if (taken.length === lengths.length) break
            if (turn === 0 && sent.length < lengths.length) send(lengths[sent.length]!)
            else if (turn === 1 || sent.length === lengths.length) outbox.flush()
            if (turn > 1 && reader.next()) {
              offsets.push(reader.offset)
              taken.push(received(reader))
            }
          }
          expect(taken.length).toBe(sent.length)
          expect(Buffer.concat(taken).equals(Buffer.concat(sent))).toBe(true)
          expect(taken.map((one) => one.length)).toEqual(lengths)
          expect(offsets.every((offset) => offset % 8 === 0)).toBe(true)
          expect(reader.next()).toBe(false)
          expect(outbox.empty).toBe(true)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('leaves a message alone until the next one is asked for', () => {
    const memory = newRing(1_024)
    const writer = new RingWriter(memory)
    const reader = new RingReader(memory)
    const size = 248
    let written = 0
    while (writer.write(message(written, size), 0) === size) written++
    expect(written).toBe(4)
    expect(reader.next()).toBe(true)
    expect(writer.write(message(9, size), 0)).toBe(0)
    expect(received(reader)).toEqual(message(0, size))
    expect(reader.next()).toBe(true)
    expect(writer.write(message(4, size), 0)).toBe(size)
    expect(received(reader)).toEqual(message(1, size))
  })

  it('goes on when its counters pass 2³² words', () => {
    const memory = newRing(1_024)
    const words = new Int32Array(memory)
    words[0] = -20
    words[16] = -20
    const writer = new RingWriter(memory)
    const reader = new RingReader(memory)
    for (let i = 0; i < 100; i++) {
      expect(writer.write(message(i, 40), 0)).toBe(40)
      expect(reader.next()).toBe(true)
      expect(received(reader)).toEqual(message(i, 40))
    }
    expect(words[16]).toBeGreaterThan(0)
  })

  it('refuses a message beyond the limit', () => {
    const outbox = new Outbox(newRing(1_024))
    expect(() => outbox.send(2_000_000_000, () => {})).toThrow(expect.objectContaining({ code: 'EXCHANGE_TOO_LARGE' }))
  })

  it('carries messages between two threads', async () => {
    const memory = newRing(4_096)
    const count = 20_000
    const producer = new Worker(
      `const { workerData: { url, memory, count } } = require('node:worker_threads')
       import(url).then(({ Outbox }) => {
         const outbox = new Outbox(memory)
         for (let n = 0; n < count; n++) {
           // Some larger than half the ring: these go in fragments.
           const length = n % 50 === 0 ? 9000 : 1 + (n * 37) % 900
           outbox.send(length, (bytes, offset) => { for (let i = 0; i < length; i++) bytes[offset + i] = (n * 31 + i * 7) & 0xff })
           while (!outbox.flush());
         }
       })`,
      { eval: true, workerData: { url: new URL('../../dist/exchange/outbox.js', import.meta.url).href, memory, count } },
    )
    const reader = new RingReader(memory)
    const deadline = Date.now() + 20_000
    let wrong = 0
    for (let n = 0; n < count; ) {
      if (!reader.next()) {
        if (Date.now() > deadline) throw new Error(`stuck at ${n}`)
        await new Promise((resolve) => setImmediate(resolve))
        continue
      }
      const length = n % 50 === 0 ? 9_000 : 1 + ((n * 37) % 900)
      if (reader.length !== length) wrong++
      for (let i = 0; i < length; i++) if (reader.bytes[reader.offset + i] !== ((n * 31 + i * 7) & 0xff)) wrong++
      n++
    }
    expect(wrong).toBe(0)
    await producer.terminate()
  })
})
