import { compileScript, type CompiledScript, type CompileEnvironment } from '../compile-query.js'
import type { Connector, SinkDescription, SourceDescription } from '../connector.js'
import { MillraceError } from '../errors.js'
import { BIGINT } from '../types/data-type.js'

/** A small world to plan in: connectors that know what they are like, and never read or write anything. */
const source = (description: Partial<SourceDescription>, options = {}): NonNullable<Connector['reader']> => ({
  options,
  describe: async () => ({ bounded: true, filters: false, splitKey: [], metadata: {}, summary: '', ...description }),
  listSplits: async () => [],
  open: async () => { throw new Error('planning opens nothing') },
})

const sink = (description: Partial<SinkDescription>, options = {}): NonNullable<Connector['writer']> => ({
  options,
  describe: async () => ({ accepts: 'append', guarantee: 'none', single: false, summary: '', ...description }),
  open: async () => { throw new Error('planning opens nothing') },
})

const FILE_OPTIONS = {
  'path': { type: 'string', required: true, doc: 'where it is' },
  'format': { type: 'string', values: ['json', 'csv'], doc: 'how rows are written' },
  'batch.size': { type: 'bytes', doc: 'how much at once' },
  'linger': { type: 'duration', minimum: 1, doc: 'how long to wait' },
  'retries': { type: 'integer', minimum: 0, maximum: 9, doc: 'how often' },
  'fields.*': { type: 'string', doc: 'by field' },
  'password': { type: 'integer', secret: true, doc: 'never shown' },
} as const

export const CONNECTORS: Readonly<Record<string, Connector>> = {
  file: { name: 'file', reader: source({ filters: true, summary: '12 byte ranges', splits: 12 }, FILE_OPTIONS), writer: sink({}, FILE_OPTIONS) },
  plain: { name: 'plain', reader: source({}), writer: sink({}) },
  socket: { name: 'socket', reader: source({ replayable: false }) },
  pipe: { name: 'pipe', reader: source({ splits: 1 }) },
  stream: { name: 'stream', reader: source({ bounded: false, metadata: { offset: { name: 'offset', type: BIGINT, nullable: false } } }) },
  topics: {
    name: 'topics', reader: source({ bounded: false, subscribed: true, positionsIn: 'topics' }),
    writer: sink({ accepts: 'retract', guarantee: 'exactly-once', commitsPositionsOf: 'topics' }),
  },
  others: { name: 'others', writer: sink({ guarantee: 'exactly-once', commitsPositionsOf: 'others' }) },
  parts: { name: 'parts', reader: source({ bounded: false, subscribed: true, splits: 1 }), writer: sink({ accepts: 'retract', guarantee: 'exactly-once' }) },
  keyed: { name: 'keyed', reader: source({ splitKey: ['symbol'] }) },
  events: { name: 'events', reader: source({ bounded: false, filters: true, fields: true, inOrder: true }) },
  onefile: { name: 'onefile', writer: sink({ single: true, guarantee: 'exactly-once' }) },
  table: { name: 'table', writer: sink({ accepts: 'upsert' }) },
  store: { name: 'store', writer: sink({ accepts: 'upsert', guarantee: 'at-least-once' }) },
  log: { name: 'log', writer: sink({ accepts: 'retract' }) },
}

const COLUMNS = 'symbol STRING, price DOUBLE, quantity BIGINT, amount DECIMAL(10, 2), small INT, day DATE, ts TIMESTAMP(3), ok BOOLEAN, place ROW<city STRING, at ROW<x INT, y INT>>, tags ARRAY<STRING>'
const ROWTIME = "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND"

/** The bounded ones of them, for tests that compile often. */
export const BOUNDED_TABLES: string = `
CREATE TABLE trades (${COLUMNS}, ${ROWTIME}) WITH ('connector' = 'file', 'path' = 'trades.json');
CREATE TABLE plain (${COLUMNS}) WITH ('connector' = 'plain');
CREATE TABLE keyed (${COLUMNS}) WITH ('connector' = 'keyed');
`

/** Tables that tests read and write: `trades` is bounded, `ticks` a stream. */
export const TABLES: string = `${BOUNDED_TABLES}CREATE TABLE ticks (${COLUMNS}, ${ROWTIME}) WITH ('connector' = 'stream');
CREATE TABLE bare (${COLUMNS}) WITH ('connector' = 'stream');
CREATE TABLE out (symbol STRING, n BIGINT) WITH ('connector' = 'plain');
CREATE TABLE strict (symbol STRING NOT NULL, n INT) WITH ('connector' = 'plain');
CREATE TABLE latest (symbol STRING, n BIGINT, PRIMARY KEY (symbol) NOT ENFORCED) WITH ('connector' = 'table');
CREATE TABLE changes (symbol STRING, n BIGINT) WITH ('connector' = 'log');
CREATE TABLE one (symbol STRING, n BIGINT) WITH ('connector' = 'onefile');
CREATE VIEW big AS SELECT symbol AS name, price FROM trades WHERE quantity > 10;
`

export function compile(sql: string, environment: Partial<CompileEnvironment> = {}, tables: string = TABLES): Promise<CompiledScript> {
  const connector = async (name: string): Promise<Connector> => {
    const found = CONNECTORS[name]
    if (found === undefined) throw new MillraceError('CONNECTOR_UNKNOWN', `no connector '${name}'`)
    return found
  }
  return compileScript(`${tables}${sql}`, { connector, workerCount: 4, baseDirectory: '/jobs', ...environment })
}

/** The plans of a script's jobs as EXPLAIN prints them. */
export async function explain(sql: string, environment: Partial<CompileEnvironment> = {}): Promise<string> {
  const { jobs } = await compile(sql, environment)
  return jobs.map((job) => job.explain()).join('\n\n')
}

/** Code and sentence of the error that a script ends in, and the text it is about. */
export async function failure(sql: string, tables: string = TABLES): Promise<string> {
  try {
    await compile(sql, {}, tables)
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    const { span, suggestion, summary } = error.details
    const text = span === undefined ? '' : ` @ ${`${tables}${sql}`.slice(span.start, span.end)}`
    return `${error.code}: ${String(summary ?? error.message)}${text}${suggestion === undefined ? '' : ` ? ${suggestion}`}`
  }
  return 'no error'
}

/** Output columns of a script's last SELECT, `name TYPE` each. */
export async function columns(sql: string): Promise<readonly string[]> {
  const { jobs } = await compile(sql)
  const { typeName } = await import('../types/data-type.js')
  return jobs.at(-1)!.schema.map((f) => `${f.name} ${typeName(f.type)}${f.nullable ? '' : ' NOT NULL'}`)
}
