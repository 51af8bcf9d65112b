import type { MillraceError, OptionTable } from '@millrace/core'
import { compileScript } from '@millrace/core/compile'
import { describe, expect, it } from 'vitest'
import { connector } from './index.js'
import { JAVA_SETTINGS } from './java-settings.js'
import { READ_OPTIONS, WRITE_OPTIONS } from './options.js'

const SECRET = 'hunter2-Xyzzy'

/** What is said of a table with these options, of which something is wrong. */
async function refusalOf(options: Readonly<Record<string, string>>): Promise<MillraceError> {
  const all = { connector: 'kafka', topic: 't', format: 'json', 'properties.bootstrap.servers': '127.0.0.1:1', 'properties.retry.timeout.ms': '0', ...options }
  const text = Object.entries(all).map(([name, value]) => `'${name}' = '${value}'`).join(', ')
  return compileScript(`CREATE TABLE t (a INT) WITH (${text}); SELECT a FROM t`, { connector: async () => connector, workerCount: 1, baseDirectory: '/' })
    .then(() => { throw new Error('was not refused') }, (error: unknown) => error as MillraceError)
}

describe('options', () => {
  it.each([['read', READ_OPTIONS], ['write', WRITE_OPTIONS]] as const)('have what must not be seen marked, to %s', (_, table: OptionTable) => {
    const secret = Object.entries(table).filter(([, option]) => option.secret === true).map(([name]) => name)
    expect(secret).toEqual(expect.arrayContaining(['properties.sasl.password', 'properties.sasl.jaas.config', 'properties.ssl.key.password', 'properties.ssl.keystore.password']))
    expect(Object.keys(table).filter((name) => /password|jaas/.test(name) && !secret.includes(name))).toEqual([])
  })

  it('refuse settings of the Java client that mean nothing here, and say what there is instead', async () => {
    for (const [name, { doc }] of Object.entries(JAVA_SETTINGS)) {
      expect(await refusalOf({ [name]: SECRET })).toMatchObject({ code: 'OPTION_UNKNOWN', message: expect.stringContaining(doc) })
    }
  })

  it('refuse others with the nearest name, which is never one of those', async () => {
    expect(await refusalOf({ 'properties.grup.id': 'x' })).toMatchObject({ code: 'OPTION_UNKNOWN', details: { suggestion: 'properties.group.id' } })
    const { details } = await refusalOf({ 'properties.ssl.truststore.locatio': 'x' })
    expect(details.alternatives).not.toContain('properties.ssl.truststore.location')
  })

  it.each([
    { 'properties.sasl.password': SECRET }, { 'properties.security.protocol': 'SASL_PLAINTEXT', 'properties.sasl.password': SECRET },
    { 'properties.security.protocol': 'SASL_PLAINTEXT', 'properties.sasl.mechanism': 'PLAIN', 'properties.sasl.username': 'ada', 'properties.sasl.password': SECRET },
    { 'properties.security.protocol': 'SASL_PLAINTEXT', 'properties.sasl.mechanism': 'PLAIN', 'properties.sasl.jaas.config': `x ${SECRET}` }, { 'properties.ssl.key.password': SECRET },
    { 'properties.ssl.keystore.password': SECRET },
  ])('keep secrets out of the error about %j', async (options) => {
    const error = await refusalOf(options)
    for (let each: unknown = error; each instanceof Error; each = each.cause) expect(`${JSON.stringify(each)} ${each.message} ${each.stack}`).not.toContain(SECRET)
  })
})
