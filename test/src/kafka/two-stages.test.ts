import { type KafkaDesk, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { millraceCommand } from '../cli/command.js'
import { Chance } from '../differential/chance.js'
import { DuckdbOracle } from '../differential/duckdb-oracle.js'
import { GroupProcess } from './group-process.js'
import { kafkaTable } from './kafka-sql.js'

/** Some with every change, a million by `MILLRACE_MESSAGES=1000000`. */
const MESSAGES = Number(process.env['MILLRACE_MESSAGES'] ?? 40_000)
const PARTITIONS = 8
const KEYS = 311
const RUN_MS_MAX = 300_000

const folder = mkdtempSync(join(tmpdir(), 'millrace-stages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const COLUMNS = 'k INT, v INT, at TIMESTAMP(3), WATERMARK FOR at AS at'
const WINDOWS = `SELECT window_start, k, count(*), sum(v), max(v) FROM TABLE(TUMBLE(TABLE input, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, k`

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describeKafka('a windowed GROUP BY over a topic', () => {
  let kafka: KafkaDesk
  let topic: string
  let expected: readonly string[]

  beforeAll(async () => {
    kafka = await sharedKafka()
    topic = await kafka.createTopic(kafka.uniqueName('stages'), { partitions: PARTITIONS })
    const chance = new Chance(7)
    const file = join(folder, 'messages.ndjson')
    // Without keys, in turn: those of one group are in all partitions.
    const lines = Array.from({ length: MESSAGES }, (_, i) => {
      const at = new Date(1_767_225_600_000 + Math.floor((i * 3_600_000) / MESSAGES)).toISOString().replace('T', ' ').slice(0, -1)
      return `{"k":${chance.between(0, KEYS - 1)},"v":${chance.between(-1_000, 1_000)},"at":"${at}"}`
    })
    writeFileSync(file, `${lines.join('\n')}\n`)
    await kafka.load(topic, file)
    const oracle = await DuckdbOracle.open()
    const answer = await oracle.answer(`SELECT strftime(date_trunc('minute', "at"::TIMESTAMP), '%Y-%m-%d %H:%M:%S') AS w, k, count(*), sum(v), max(v)
      FROM read_json('${file}', columns = {k: 'INTEGER', v: 'INTEGER', "at": 'VARCHAR'}) GROUP BY w, k`)
    oracle.close()
    if ('error' in answer) throw new Error(answer.error)
    expected = answer.rows.map((row) => row.join()).sort()
  }, RUN_MS_MAX)

  const rowsOf = (records: readonly { readonly value: Buffer | null }[]): string[] => records.map(({ value }) => {
    const { at, k, n, total, most } = JSON.parse(value!.toString()) as Record<string, string | number>
    return [String(at).slice(0, 19), k, n, total, most].join()
  }).sort()

  /** In few words where it is not so. */
  const expectAnswer = (rows: readonly string[]): void => {
    const [have, wanted] = [new Set(rows), new Set(expected)]
    expect({ missing: expected.filter((row) => !have.has(row)).slice(0, 5), others: rows.filter((row) => !wanted.has(row)).slice(0, 5), count: rows.length })
      .toEqual({ missing: [], others: [], count: expected.length })
  }

  const newResult = async (): Promise<{ name: string; table: string }> => {
    const name = await kafka.createTopic(kafka.uniqueName('windows'), { partitions: 3 })
    return { name, table: `CREATE TABLE result (at TIMESTAMP(3), k INT, n BIGINT, total BIGINT, most INT) WITH (${kafkaTable(kafka.bootstrapServers, name, { format: 'json' })});` }
  }

  it('is what DuckDB answers, in two processes: a job that they share moves rows to where their keys belong, then each groups its partitions', async () => {
    const keyed = await kafka.createTopic(kafka.uniqueName('keyed'), { partitions: PARTITIONS })
    const group = kafka.uniqueName('movers')
    const move = join(folder, 'move.sql')
    writeFileSync(move, `
      CREATE TABLE input (k INT, v INT, at TIMESTAMP(3)) WITH (${kafkaTable(kafka.bootstrapServers, topic, { 'format': 'json', 'properties.group.id': group })});
      CREATE TABLE keyed (k INT, v INT, at TIMESTAMP(3)) WITH (${kafkaTable(kafka.bootstrapServers, keyed, {
        'format': 'json', 'key.format': 'json', 'key.fields': 'k', 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': keyed,
      })});
      INSERT INTO keyed SELECT k, v, at FROM input;`)
    const movers = [0, 1].map((i) => new GroupProcess(`mover ${i}`, [move, '--workers', '2', '--checkpoint-interval', '500ms', '--progress', 'off']))
    try {
      const ends = await kafka.offsets(topic)
      const committed = async (): Promise<boolean> => {
        const offsets = await kafka.committed(group)
        return ends.every((end, partition) => (offsets.find((offset) => offset.topic === topic && offset.partition === partition)?.offset ?? -1) >= end)
      }
      for (const end = performance.now() + RUN_MS_MAX / 2; !(await committed());) {
        for (const mover of movers) mover.check()
        expect(performance.now(), 'the movers come to the end').toBeLessThan(end)
        await sleep(200)
      }
      for (const mover of movers) await mover.stop()
    } finally {
      for (const mover of movers) await mover.end()
    }

    const { name, table } = await newResult()
    const outcomes = await Promise.all(['0-3', '4-7'].map((partitions) => millraceCommand(['run', '-e', `CREATE TABLE input (${COLUMNS}) WITH (${kafkaTable(kafka.bootstrapServers, keyed, {
      'format': 'json', 'scan.bounded.mode': 'latest-offset', 'scan.partitions': partitions, 'key.format': 'json', 'key.fields': 'k', 'scan.partitioned-by-key': 'true',
    })}); ${table} INSERT INTO result ${WINDOWS}`, '--workers', '2', '--quiet'])))
    expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual([[0, ''], [0, '']])
    expectAnswer(rowsOf(await kafka.consume(name)))
    const { stdout } = await millraceCommand(['explain', '-e', `CREATE TABLE input (${COLUMNS}) WITH (${kafkaTable(kafka.bootstrapServers, keyed, {
      'format': 'json', 'scan.bounded.mode': 'latest-offset', 'key.format': 'json', 'key.fields': 'k', 'scan.partitioned-by-key': 'true',
    })}); ${table} INSERT INTO result ${WINDOWS}`, '--workers', '2'])
    expect(stdout).not.toContain('Exchange')
  }, RUN_MS_MAX)
})
