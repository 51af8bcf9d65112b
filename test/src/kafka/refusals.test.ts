import { startKafka, type KafkaCluster, type ListenerName } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kafkaTable, rowsOf, runSql, startSql } from './kafka-sql.js'

let kafka: KafkaCluster

/** A refusal may take so long; nothing hangs. */
const REFUSED_MS_MAX = 30_000

const DRIVERS = ['platformatic', 'kafkajs'] as const
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

/** Writes two rows. */
function write(topic: string, listener: ListenerName, options: Record<string, string>): Promise<unknown> {
  return writeTo(kafka.addresses[listener]!, topic, { 'properties.security.protocol': listener, ...options })
}

function writeTo(address: string, topic: string, options: Record<string, string>): Promise<unknown> {
  return runSql(`
    CREATE TABLE t (id BIGINT) WITH (${kafkaTable(address, topic, { 'format': 'json', 'properties.retry.timeout.ms': '2s', ...options })});
    INSERT INTO t VALUES (1), (2)`, { workers: 1 })
}

/** What is in the topic now. */
function read(topic: string, listener: ListenerName, options: Record<string, string>): Promise<readonly unknown[]> {
  return readFrom(kafka.addresses[listener]!, topic, { 'properties.security.protocol': listener, ...options })
}

function readFrom(address: string, topic: string, options: Record<string, string>): Promise<readonly unknown[]> {
  return rowsOf(`
    CREATE TABLE t (id BIGINT) WITH (${kafkaTable(address, topic, {
      'format': 'json', 'scan.bounded.mode': 'latest-offset', 'properties.retry.timeout.ms': '2s', ...options })});
    SELECT id FROM t`, { workers: 1 })
}

function alice(mechanism: (typeof MECHANISMS)[number], password = 'alice-secret'): Record<string, string> {
  return {
    'properties.sasl.mechanism': mechanism, 'properties.sasl.username': 'alice', 'properties.sasl.password': password,
  }
}

const trusted = (): Record<string, string> => ({ 'properties.ssl.ca.location': kafka.certificates!.authority })

describeKafka('what a broker refuses ends in the code that says so', () => {
  beforeAll(async () => {
    kafka = await startKafka({ listeners: ['PLAINTEXT', 'SASL_PLAINTEXT', 'SASL_SSL', 'SSL'], acls: true, clientCertificates: true })
    await kafka.createTopic('rows')
  })
  afterAll(() => kafka?.stop())

  it.each(DRIVERS)('a topic that is not there, by %s', async (driver) => {
    const missing = { code: 'KAFKA_TOPIC_MISSING', message: expect.stringContaining('nowhere') }
    await expect(write('nowhere', 'PLAINTEXT', { driver })).rejects.toMatchObject(missing)
    await expect(read('nowhere', 'PLAINTEXT', { driver })).rejects.toMatchObject(missing)
  }, REFUSED_MS_MAX)

  it.each(DRIVERS)('no broker, by %s', async (driver) => {
    const unavailable = { code: 'KAFKA_UNAVAILABLE', message: expect.stringContaining('127.0.0.1:1') }
    await expect(writeTo('127.0.0.1:1', 'rows', { driver })).rejects.toMatchObject(unavailable)
    await expect(readFrom('127.0.0.1:1', 'rows', { driver })).rejects.toMatchObject(unavailable)
  }, REFUSED_MS_MAX)

  it.each(DRIVERS.flatMap((driver) => MECHANISMS.map((mechanism) => ({ driver, mechanism }))))('a wrong password, which nobody is told, by $driver and $mechanism', async ({ driver, mechanism }) => {
    const failure = await write('rows', 'SASL_PLAINTEXT', { driver, ...alice(mechanism, 'letmein-77') }).then(() => null, (e: unknown) => e as Error)
    expect(failure).toMatchObject({ code: 'KAFKA_AUTHENTICATION', message: expect.stringContaining('alice') })
    for (let each: unknown = failure; each instanceof Error; each = each.cause) expect(`${JSON.stringify(each)} ${each.stack}`).not.toContain('letmein')
  }, REFUSED_MS_MAX)

  it.each(DRIVERS)('certificates that do not fit, by %s', async (driver) => {
    const options = { driver, ...alice('PLAIN'), 'properties.ssl.ca.location': kafka.certificates!.otherAuthority }
    await expect(write('rows', 'SASL_SSL', options)).rejects.toMatchObject({ code: 'KAFKA_AUTHENTICATION', message: expect.stringContaining('properties.ssl.ca.location') })
    const unsigned = await write('rows', 'SSL', { driver, ...trusted() }).then(() => null, (e: unknown) => e)
    expect(unsigned).toMatchObject({ code: expect.stringMatching(/^KAFKA_(AUTHENTICATION|UNAVAILABLE)$/) })
  }, REFUSED_MS_MAX)

  it('a port that wants TLS, and one that does not', async () => {
    await expect(writeTo(kafka.addresses.SASL_SSL!, 'rows', {})).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
    const options = { 'properties.security.protocol': 'SASL_SSL', ...alice('PLAIN'), ...trusted() }
    await expect(writeTo(kafka.addresses.PLAINTEXT!, 'rows', options)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', message: expect.stringContaining('TLS') })
  }, REFUSED_MS_MAX)

  it('what the user may not do; what it may do, works by all mechanisms and drivers', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('guarded'))
    const attempt = (): Promise<unknown> => write(topic, 'SASL_SSL', { ...alice('SCRAM-SHA-256'), ...trusted() })
    await expect(attempt()).rejects.toMatchObject({ code: 'KAFKA_AUTHORIZATION', message: expect.stringContaining(topic) })
    await kafka.allow('alice', 'DESCRIBE', 'TOPIC', topic)
    await expect(attempt()).rejects.toMatchObject({ code: 'KAFKA_AUTHORIZATION' })
    await kafka.allow('alice', 'WRITE', 'TOPIC', topic)
    await attempt()
    const looks = (more: Record<string, string> = {}): Promise<readonly unknown[]> => read(topic, 'SASL_SSL', { ...alice('SCRAM-SHA-256'), ...trusted(), ...more })
    await expect(looks()).rejects.toMatchObject({ code: 'KAFKA_AUTHORIZATION', message: expect.stringContaining(topic) })
    await kafka.allow('alice', 'READ', 'TOPIC', topic)
    expect(await looks()).toEqual([{ id: 1n }, { id: 2n }])
    const group = kafka.uniqueName('readers')
    await expect(looks({ 'properties.group.id': group })).rejects.toMatchObject({ code: 'KAFKA_AUTHORIZATION', message: expect.stringContaining(group) })
    await kafka.allow('alice', 'READ', 'GROUP', group)
    expect(await looks({ 'properties.group.id': group })).toEqual([{ id: 1n }, { id: 2n }])
    for (const driver of DRIVERS) {
      for (const mechanism of MECHANISMS) await write(topic, 'SASL_SSL', { driver, ...alice(mechanism), ...trusted() })
      await write(topic, 'SASL_PLAINTEXT', {
        driver, 'properties.sasl.mechanism': 'PLAIN',
        'properties.sasl.jaas.config': 'org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="alice-secret";',
      })
      await kafka.allow('CN=client', 'WRITE', 'TOPIC', topic)
      await write(topic, 'SSL', {
        driver, ...trusted(), 'properties.ssl.certificate.location': kafka.certificates!.client,
        'properties.ssl.key.location': kafka.certificates!.clientKeyProtected, 'properties.ssl.key.password': kafka.certificates!.clientKeyPassword,
      })
    }
    expect(await kafka.offsets(topic)).toEqual([2 + 2 * DRIVERS.length * (MECHANISMS.length + 2)])
  }, 3 * REFUSED_MS_MAX)

  it('a topic that is deleted while it is read', async () => {
    const topic = await kafka.createTopic(kafka.uniqueName('deleted'))
    await kafka.produce(topic, [{ value: '{"id":7}' }])
    const job = await startSql(`
      CREATE TABLE t (id BIGINT) WITH (${kafkaTable(kafka.bootstrapServers, topic, { 'format': 'json', 'properties.retry.timeout.ms': '2s' })});
      CREATE TABLE o (id BIGINT) WITH ('connector' = 'blackhole');
      INSERT INTO o SELECT id FROM t`, { workers: 1 })
    const ended = job.done.catch((e: unknown) => e)
    while (job.stats().rowsIn === 0) await sleep(20)
    await kafka.deleteTopic(topic)
    expect(await ended).toMatchObject({ code: 'KAFKA_TOPIC_MISSING', message: expect.stringContaining(topic) })
  }, REFUSED_MS_MAX)
})
