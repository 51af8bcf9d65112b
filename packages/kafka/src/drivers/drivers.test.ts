import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../protocol/byte-writer.js'
import type { KafkaRequest } from '../protocol/request.js'
import { DRIVER_NAMES } from './connection.js'
import { driverOf } from './driver-of.js'
import { fakeBroker, PLAIN_SETTINGS } from './fake-broker.test.kit.js'

/** A request of no meaning: its body is a number, its answer is bytes. */
function ask(number: number, more: Partial<KafkaRequest<Uint8Array>> = {}): KafkaRequest<Uint8Array> {
  return {
    name: 'Ask', apiKey: 3, apiVersion: 7, isFlexible: false,
    encode: (into) => { into.int32(number) }, decode: (body) => body.view(body.remaining), ...more,
  }
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const echo = async ({ body }: { body: { view(n: number): Uint8Array; remaining: number } }): Promise<Uint8Array> => body.view(body.remaining)

describe.each(DRIVER_NAMES)('the driver %s', (name) => {
  it('sends a request under the client\'s name and gives back the answer', async () => {
    await using broker = await fakeBroker(echo)
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    expect(await connection.send(ask(258))).toEqual(Buffer.from([0, 0, 1, 2]))
    expect(broker.requests).toMatchObject([{ apiKey: 3, apiVersion: 7, clientId: 'test' }])
    expect(connection.isOpen).toBe(true)
    await connection.close()
    expect(connection.isOpen).toBe(false)
    await expect(connection.send(ask(1))).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
  })

  it('keeps many requests apart', async () => {
    await using broker = await fakeBroker(async ({ body }) => new ByteWriter().int32(body.int32() * 2).finish())
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    const answers = await Promise.all(Array.from({ length: 2_500 }, (_, i) => connection.send(ask(i))))
    expect(answers.map((bytes) => Buffer.from(bytes).readInt32BE(0))).toEqual(Array.from({ length: 2_500 }, (_, i) => i * 2))
    await connection.close()
  })

  it('gives large answers as one piece, however they arrive', async () => {
    const large = [randomBytes(5_000_000), randomBytes(70_000), randomBytes(1), randomBytes(1_000_000)]
    await using broker = await fakeBroker(async ({ body }) => large[body.int32()]!)
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    const answers = await Promise.all(large.map((_, i) => connection.send(ask(i))))
    expect(answers.map(digest)).toEqual(large.map(digest))
    await connection.close()
  })

  it('marks the headers of flexible versions', async () => {
    await using broker = await fakeBroker(async ({ body }) => {
      expect(body.uvarint()).toBe(0)
      return new ByteWriter().noTags().int32(body.int32()).finish()
    })
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    expect(await connection.send(ask(9, { isFlexible: true }))).toEqual(Buffer.from([0, 0, 0, 9]))
    await connection.close()
  })

  it('does not wait for an answer that does not come', async () => {
    await using broker = await fakeBroker(async ({ apiKey, body }) => (apiKey === 0 ? null : body.view(4)))
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    expect(await connection.send(ask(1, { apiKey: 0, isOneWay: true }))).toBeUndefined()
    expect(await connection.send(ask(2))).toEqual(Buffer.from([0, 0, 0, 2]))
    expect(broker.requests.length).toBe(2)
    await connection.close()
  })

  it('ends a connection whose broker is too late, and all that waits with it', async () => {
    await using broker = await fakeBroker(() => null)
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    const late = connection.send(ask(1), 50)
    const behind = connection.send(ask(2), 60_000)
    await expect(late).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', message: expect.stringContaining('has not answered Ask within 50 ms') })
    await expect(behind).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    expect(connection.isOpen).toBe(false)
    await connection.close()
  })

  it('fails what is under way when the connection dies, and nothing besides', async () => {
    await using broker = await fakeBroker(({ socket }) => { socket.resetAndDestroy(); return null })
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    void connection.send(ask(0))
    await expect(connection.send(ask(1))).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retry: true })
    await expect(connection.send(ask(2))).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    await connection.close()
  })

  it('notices that an idle connection was closed', async () => {
    await using broker = await fakeBroker(echo)
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    await connection.send(ask(1))
    for (const socket of broker.sockets) socket.end()
    await expect.poll(() => connection.isOpen).toBe(false)
    await connection.close()
  })

  it('closes at once with requests under way', async () => {
    await using broker = await fakeBroker(() => null)
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    const waiting = connection.send(ask(1), 60_000)
    await expect.poll(() => broker.requests.length).toBe(1)
    const startMs = performance.now()
    await Promise.all([connection.close(), connection.close(), expect(waiting).rejects.toMatchObject({ message: expect.stringContaining('closed by this process') })])
    expect(performance.now() - startMs).toBeLessThan(1_000)
    await expect.poll(() => broker.sockets.size).toBe(0)
  })

  it('says that an answer cannot be read, and trusts the connection no more', async () => {
    await using broker = await fakeBroker(async () => new Uint8Array(2))
    const connection = await (await driverOf(name)).connect(broker.address, PLAIN_SETTINGS)
    await expect(connection.send(ask(1, { decode: (body) => body.view(body.int32()) }))).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', message: expect.stringContaining('Ask') })
    expect(connection.isOpen).toBe(false)
    await connection.close()
  })

  it('says why there is no connection', async () => {
    const driver = await driverOf(name)
    await expect(driver.connect({ host: '127.0.0.1', port: 1 }, PLAIN_SETTINGS)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', message: expect.stringMatching(/127\.0\.0\.1:1 .*ECONNREFUSED/) })
    await expect(driver.connect({ host: 'no-such-host.invalid', port: 9092 }, PLAIN_SETTINGS)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', message: expect.stringMatching(/no-such-host/) })
    await using mute = await fakeBroker(() => null)
    const sasl = { mechanism: 'PLAIN', username: 'ada', password: 'hunter2-Xyzzy' } as const
    await expect(driver.connect(mute.address, { ...PLAIN_SETTINGS, connectTimeoutMs: 100, sasl })).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    await expect(driver.connect(mute.address, { ...PLAIN_SETTINGS, connectTimeoutMs: 100, tls: { checksHost: true } })).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    await expect.poll(() => mute.sockets.size).toBe(0)
    await using rude = await fakeBroker(({ socket }) => { socket.destroy(); return null })
    await expect(driver.connect(rude.address, { ...PLAIN_SETTINGS, sasl })).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
  })
})
