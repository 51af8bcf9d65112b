import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { tableOf } from './kafka-table.test.kit.js'
import { bootstrapOf, clusterSettingsOf, type ClusterSettings } from './settings.js'
import { partitionSetOf } from './table-partitions.js'

const SECRET = 'hunter2-Xyzzy'
const directory = mkdtempSync(join(tmpdir(), 'millrace-settings-'))
afterAll(() => { rmSync(directory, { recursive: true, force: true }) })

function settingsOf(options: Record<string, string>): ClusterSettings {
  return clusterSettingsOf({ ...tableOf({ bootstrapServers: 'b:9092,a:9093' }, options), baseDirectory: directory })
}

function refusal(options: Record<string, string>): { code: string; message: string } {
  try {
    settingsOf(options)
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('was not refused')
}

const sasl = { 'properties.security.protocol': 'SASL_PLAINTEXT', 'properties.sasl.mechanism': 'PLAIN' }
const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

describe('settings of a cluster', () => {
  it('have a name that does not depend on the order of brokers, and a key that gives nothing away', () => {
    const [one, two] = [settingsOf({}), settingsOf({ 'properties.bootstrap.servers': 'a:9093, b:9092' })]
    expect([one.name, two.name]).toEqual(['kafka://a:9093,b:9092', 'kafka://a:9093,b:9092'])
    const secret = settingsOf({ ...sasl, 'properties.sasl.username': 'ada', 'properties.sasl.password': SECRET })
    expect(secret.key).not.toContain(SECRET)
    expect(new Set([one.key, secret.key, settingsOf({ driver: 'kafkajs' }).key]).size).toBe(3)
    expect(settingsOf({}).key).toBe(one.key)
  })

  it.each([
    ['localhost:9092', [{ host: 'localhost', port: 9092 }]], ['[::1]:9092 , b.example:1', [{ host: '::1', port: 9092 }, { host: 'b.example', port: 1 }]], ['SASL_SSL://k:9', [{ host: 'k', port: 9 }]],
  ])('read the brokers %s', (text, addresses) => { expect(bootstrapOf(text)).toEqual(addresses) })

  it.each(['', ' , ', 'localhost', 'a:0', 'a:70000', 'a b:9092', '::1:9092', ':9092', 'a:9092;b:9092'])('refuse the brokers %j', (text) => {
    expect(() => bootstrapOf(text)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })

  it('take user and password apart or as Java does', () => {
    const expected = { mechanism: 'PLAIN', username: 'ada', password: SECRET }
    expect(settingsOf({ ...sasl, 'properties.sasl.username': 'ada', 'properties.sasl.password': SECRET }).connection.sasl).toEqual(expected)
    expect(settingsOf({ ...sasl, 'properties.sasl.jaas.config': `${plainModule} username="ada" password="${SECRET}";` }).connection.sasl).toEqual(expected)
    expect(settingsOf({ ...sasl, 'properties.sasl.jaas.config': `  ${plainModule}\n  password=${SECRET}\n  username = ada ` }).connection.sasl).toEqual(expected)
    const scram = { ...sasl, 'properties.sasl.mechanism': 'SCRAM-SHA-512', 'properties.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="a" password="b";` }
    expect(settingsOf(scram).connection.sasl).toEqual({ mechanism: 'SCRAM-SHA-512', username: 'a', password: 'b' })
  })

  it('take any user and password that Java would', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (username, password) => {
      const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
      fc.pre(!/[\n\r\u2028\u2029]/.test(username + password))
      expect(settingsOf({ ...sasl, 'properties.sasl.jaas.config': `${plainModule} username=${quoted(username)} password=${quoted(password)};` }).connection.sasl).toMatchObject({ username, password })
    }))
  })

  it.each([
    [{ ...sasl, 'properties.sasl.jaas.config': `${plainModule} username="ada" password="${SECRET}` }, 'OPTION_INVALID', 'LoginModule'],
    [{ ...sasl, 'properties.sasl.jaas.config': `com.sun.security.auth.module.Krb5LoginModule required password="${SECRET}";` }, 'OPTION_INVALID', 'LoginModule'],
    [{ ...sasl, 'properties.sasl.mechanism': 'SCRAM-SHA-256', 'properties.sasl.jaas.config': `${plainModule} username="ada" password="${SECRET}";` }, 'OPTION_INVALID', 'another mechanism'],
    [{ ...sasl, 'properties.sasl.jaas.config': `${plainModule} username="ada" password="${SECRET}";`, 'properties.sasl.password': SECRET }, 'OPTION_INVALID', 'give one of them'],
    [{ ...sasl, 'properties.sasl.jaas.config': `${plainModule} password="${SECRET}";` }, 'OPTION_MISSING', 'username'],
    [{ ...sasl, 'properties.sasl.password': SECRET }, 'OPTION_MISSING', 'username'],
    [{ 'properties.security.protocol': 'SASL_SSL', 'properties.sasl.password': SECRET }, 'OPTION_MISSING', 'mechanism'],
    [{ 'properties.sasl.password': SECRET }, 'OPTION_INVALID', 'has no effect'],
    [{ ...sasl, 'properties.ssl.key.password': SECRET }, 'OPTION_INVALID', 'SSL or SASL_SSL'],
  ])('refuse %j without telling the secret', (options, code, words) => {
    const { code: actual, message } = refusal(options)
    expect([actual, message]).toEqual([code, expect.stringContaining(words)])
    expect(message).not.toContain(SECRET)
  })

  it('read certificates from the directory of the table', () => {
    writeFileSync(join(directory, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n')
    writeFileSync(join(directory, 'store.jks'), 'binary')
    const ssl = { 'properties.security.protocol': 'SSL', 'properties.ssl.ca.location': 'ca.pem' }
    expect(settingsOf(ssl).connection.tls).toEqual({ ca: '-----BEGIN CERTIFICATE-----\n', checksHost: true })
    expect(settingsOf({ ...ssl, 'properties.ssl.endpoint.identification.algorithm': '' }).connection.tls).toMatchObject({ checksHost: false })
    expect(refusal({ ...ssl, 'properties.ssl.ca.location': 'none.pem' })).toMatchObject({ code: 'SOURCE_UNREADABLE' })
    expect(refusal({ ...ssl, 'properties.ssl.ca.location': 'store.jks' })).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('no PEM file') })
    expect(refusal({ ...ssl, 'properties.ssl.key.location': 'ca.pem' })).toMatchObject({ code: 'OPTION_MISSING' })
    const confined = { ...tableOf({ bootstrapServers: 'a:1' }, { ...ssl, 'properties.ssl.ca.location': '../../etc/ssl.pem' }), baseDirectory: directory, confinedTo: directory }
    expect(() => clusterSettingsOf(confined)).toThrow(expect.objectContaining({ code: 'PATH_OUTSIDE' }))
  })
})

describe('a static share', () => {
  it('is partitions and ranges of them', () => {
    expect([...partitionSetOf('0-3, 7')]).toEqual([0, 1, 2, 3, 7])
    for (const wrong of ['', '3-1', 'a', '1;2', '-1', '1-']) expect(() => partitionSetOf(wrong)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
  })
})
