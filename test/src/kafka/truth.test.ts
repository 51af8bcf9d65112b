import { sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { millraceCommand } from '../cli/command.js'
import { Chance } from '../differential/chance.js'
import { DuckdbOracle } from '../differential/duckdb-oracle.js'
import { kafkaTable, rowsOf } from './kafka-sql.js'

/** `npm run seeds:kafka` takes a million. */
const MESSAGES = process.env['MILLRACE_KAFKA_FAULTS'] === 'all' ? 1_000_000 : 100_000
const PARTITIONS = 8
const KEYS = 500
const COLUMNS = 'k STRING, at TIMESTAMP(3), cents BIGINT'
const WATERMARK = "WATERMARK FOR at AS at - INTERVAL '5' SECOND"
const GROUPED = `
  SELECT window_start, k, COUNT(*) AS n, SUM(cents) AS total, MIN(cents) AS low, MAX(cents) AS high
  FROM TABLE(TUMBLE(TABLE messages, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k`

let folder: string
let servers: string
let topic: string
let expected: readonly string[]

describeKafka(`${MESSAGES} messages in ${PARTITIONS} partitions, whose keys are in all of them, grouped by window as DuckDB does`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-truth-'))
    const file = join(folder, 'messages.ndjson')
    writeMessages(file)
    const kafka = await sharedKafka()
    servers = kafka.bootstrapServers
    topic = await kafka.createTopic(kafka.uniqueName('messages'), { partitions: PARTITIONS })
    await kafka.load(topic, file, { config: { 'compression.type': 'lz4', 'batch.size': '16384' } })
    const oracle = await DuckdbOracle.open()
    const answer = await oracle.answer(`
      SELECT strftime(date_trunc('minute', "at"), '%Y-%m-%d %H:%M:%S.000'), k, COUNT(*), SUM(cents), MIN(cents), MAX(cents)
      FROM read_json('${file}', format = 'newline_delimited', columns = {k: 'VARCHAR', "at": 'TIMESTAMP', cents: 'BIGINT'}) GROUP BY 1, 2`)
    oracle.close()
    if ('error' in answer) throw new Error(answer.error)
    expected = answer.rows.map((row) => row.join('|')).sort()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each([1, 2, 4])('by %d workers', async (workers) => {
    const rows = await rowsOf(`
      CREATE TABLE messages (${COLUMNS}, ${WATERMARK}) WITH (${kafkaTable(servers, topic, { 'format': 'json', 'scan.bounded.mode': 'latest-offset' })});
      ${GROUPED}`, { workers })
    expect(rows.length).toBeGreaterThan(KEYS)
    expect(rows.reduce((sum, { n }) => sum + Number(n), 0)).toBe(MESSAGES)
    expect(rows.map((row) => Object.values(row).join('|')).sort()).toEqual(expected)
  })

  it('by two processes of two workers each: rows go to a topic by their key, and are grouped where they are read', async () => {
    const kafka = await sharedKafka()
    const keyed = await kafka.createTopic(kafka.uniqueName('keyed'), { partitions: PARTITIONS })
    const keys = { 'format': 'json', 'key.format': 'raw', 'key.fields': 'k' }
    const share = { 'scan.bounded.mode': 'latest-offset', 'scan.partitions': '${share}' }
    const repartition = join(folder, 'repartition.sql')
    writeFileSync(repartition, `
      CREATE TABLE messages (${COLUMNS}) WITH (${kafkaTable(servers, topic, { 'format': 'json', ...share })});
      CREATE TABLE keyed (${COLUMNS}) WITH (${kafkaTable(servers, keyed, keys)});
      INSERT INTO keyed SELECT * FROM messages`)
    const group = join(folder, 'group.sql')
    writeFileSync(group, `
      CREATE TABLE messages (${COLUMNS}, ${WATERMARK}) WITH (${kafkaTable(servers, keyed, { ...keys, ...share, 'scan.partitioned-by-key': 'true' })});
      ${GROUPED}`)
    await both(repartition)
    const printed = await both(group)
    const explained = await millraceCommand(['explain', group, '--workers', '2', '--param', 'share=0-3'])
    expect(explained.stdout).not.toContain('Exchange')
    const rows = printed.flatMap((text) => text.trimEnd().split('\n')).map((line) => Object.values(JSON.parse(line) as object).join('|'))
    expect(rows.sort()).toEqual(expected)
  })
})

/** One process for each half of the partitions, side by side. @returns what they have printed */
async function both(file: string): Promise<readonly string[]> {
  const outcomes = await Promise.all(['0-3', '4-7'].map((share) =>
    millraceCommand(['run', file, '--workers', '2', '--param', `share=${share}`, '--output', 'ndjson', '--quiet'], { cwd: import.meta.dirname })))
  expect(outcomes.map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(['0 ', '0 '])
  return outcomes.map(({ stdout }) => stdout)
}

function writeMessages(file: string): void {
  const chance = new Chance(2_026)
  const first = Date.UTC(2026, 0, 1)
  const lines: string[] = []
  for (let i = 0; i < MESSAGES; i++) {
    const at = new Date(first + Math.floor((i * 600_000) / MESSAGES) + chance.between(0, 20_000)).toISOString().replace('T', ' ').slice(0, -1)
    lines.push(`{"k":"k${chance.between(0, KEYS - 1)}","at":"${at}","cents":${chance.between(-1_000, 1_000_000)}}\n`)
  }
  writeFileSync(file, lines.join(''))
}
