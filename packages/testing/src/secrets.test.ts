import { type Connector, encodeManifest, type MillraceError, withoutSecrets, type CheckpointManifest } from '@millrace/core'
import { compileScript } from '@millrace/core/compile'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { simulate } from './simulate.js'

const SECRET = 'hunter2-Xyzzy'

/** A connector with a secret that no name gives away, and one of a family. */
function vault(): Connector {
  const inner = memoryConnector({ tables: { t: { rows: [[1], [2]], splits: 2 } } })
  const options = { pin: { type: 'string', secret: true, doc: 'never shown' }, 'sasl.*': { type: 'string', secret: true, doc: 'never shown' }, port: { type: 'integer', secret: true, doc: 'never shown' } } as const
  return {
    ...inner, name: 'vault',
    reader: { ...inner.reader!, options: { ...inner.reader!.options, ...options } },
    ...(inner.writer === undefined ? {} : { writer: { ...inner.writer, options: { ...inner.writer.options, ...options } } }),
  }
}

const OPTIONS = `'connector' = 'vault', 'pin' = '${SECRET}', 'sasl.jaas' = 'user=x ${SECRET} it''s'`
const TABLE = `CREATE TABLE t (a INT) WITH (${OPTIONS});`

async function compiled(sql: string): Promise<string> {
  const connector = vault()
  try {
    const { jobs, outputs } = await compileScript(sql, { connector: async () => connector, workerCount: 2, baseDirectory: '/', strategy: 'pipelines' })
    const formats = (['text', 'json', 'dot', 'mermaid'] as const).flatMap((format) => jobs.map((job) => job.explain(format)))
    return [...outputs.map(({ text }) => text), ...formats].join('\n')
  } catch (error) {
    const { message, details, stack } = error as MillraceError
    return JSON.stringify({ message, details, stack })
  }
}

describe('secret options', () => {
  it.each([
    ['SELECT a FROM t'], ['EXPLAIN SELECT a FROM t'], ['INSERT INTO t SELECT a + 1 FROM t'], ['EXPLAIN INSERT INTO t SELECT 1'], ['DESCRIBE t'], ['SHOW TABLES'], ['SHOW FUNCTIONS'], ['SELECT b FROM t'],
    ['SELECT a FROM t GROUP BY'], ['DROP TABLE u'], ['CREATE TABLE t (a INT)'], ['SELECT a / 0 FROM t'],
  ])('stay out of what %s gives', async (statement) => {
    const text = await compiled(`${TABLE} ${statement}`)
    expect(text).not.toContain(SECRET)
    expect(text.length).toBeGreaterThan(0)
  })

  it.each([
    `CREATE TABLE t (a INT) WITH (${OPTIONS}, 'nonsense' = '1'); SELECT a FROM t`, `CREATE TABLE t (a INTT) WITH (${OPTIONS})`, `CREATE TABLE t (a INT) WITH (${OPTIONS}`,
    `CREATE TABLE t (a INT) WITH (${OPTIONS}, 'port' = '${SECRET}'); SELECT a FROM t`, `CREATE TABLE t (a INT) WITH (${OPTIONS}); SELECT nope FROM t`, `CREATE TABLE t (a INT) WITH (${OPTIONS}, 'pin' = '${SECRET}')`,
    `CREATE TABLE t (a INT, a INT) WITH (${OPTIONS})`, `CREATE TABLE t (a INT) WITH (${OPTIONS}, 'format.password' = '${SECRET}')`, `CREATE TABLE t (a INT) WITH ('connector' = 'vault', 'password' = '${SECRET}`,
    `CREATE TABLE t (a INT) WITH ('password' = '${SECRET}')`, `CREATE TABLE t (a INT) WITH ('api.key' = '${SECRET}' 'x')`,
  ])('stay out of the error about %s', async (sql) => {
    const text = await compiled(sql)
    expect(text).toMatch(/^\{"message":"/)
    expect(text).not.toContain(SECRET)
  })

  it('stay out of lines that show a table that comes later', async () => {
    expect(await compiled(`SELECT nope FROM nothing; CREATE TABLE t (a INT) WITH ('connector' = 'vault', 'pin' = '${SECRET}')`)).not.toContain(SECRET)
  })

  it('leave the caret where it was', async () => {
    const text = await compiled(`CREATE TABLE t (a INT) WITH ('connector' = 'vault', 'pin' = '${SECRET}', 'nonsense' = '1'); SELECT a FROM t`)
    const { message } = JSON.parse(text) as { message: string }
    const [source, carets] = message.split('\n').slice(1) as [string, string]
    expect(source.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toContain('nonsense')
  })

  it('reach the connector, and not the checkpoint', async () => {
    let seen: unknown
    const connector = vault()
    const reader = { ...connector.reader!, listSplits: (...args: Parameters<NonNullable<Connector['reader']>['listSplits']>) => { seen = args[0].options; return connector.reader!.listSplits(...args) } }
    const { folded } = await simulate({ sql: `${TABLE} SELECT a FROM t`, connectors: [{ ...connector, reader }], workers: 2 })
    expect(folded).toEqual([[1], [2]])
    expect(seen).toMatchObject({ pin: SECRET })
    const { jobs } = await compileScript(`${TABLE} SELECT a FROM t`, { connector: async () => connector, workerCount: 1, baseDirectory: '/' })
    const plan = withoutSecrets(jobs[0]!.plan, (_, option) => option === 'pin' || option.startsWith('sasl.'))
    const snapshot = { formatVersion: 1, epoch: 1, plan, splits: [], workers: [] }
    const manifest = { jobId: 'x', writtenAtMs: 0, ended: false, snapshot, objects: [] } as unknown as CheckpointManifest
    expect(Buffer.from(encodeManifest(manifest)).toString()).not.toContain(SECRET)
  })
})
