import { type KafkaDesk, sharedKafka } from '@millrace/test-kafka'
import { describeKafka } from '@millrace/test-kafka/vitest'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Chance } from '../differential/chance.js'
import { GroupProcess } from './group-process.js'

/** Histories: one of each guarantee with every change, more by `MILLRACE_CHAOS`. */
const RUNS = Number(process.env['MILLRACE_CHAOS'] ?? 2)
const FIRST_SEED = Number(process.env['MILLRACE_SEED'] ?? process.env['MILLRACE_FIRST_SEED'] ?? Date.now() % 1_000_000)
const STEPS = RUNS > 2 ? 14 : 7
const PROCESSES_MAX = 3
const PARTITIONS = 6
/** Messages come while processes come and go. */
const MESSAGES = 12_000
const SETTLE_MS_MAX = 90_000

const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A job that processes of a group share, and what happens to them. */
class Chaos {
  readonly history: string[] = []
  readonly #kafka: KafkaDesk
  readonly #chance: Chance
  readonly #input: string
  readonly #output: string
  readonly #sqlFile: string
  #processes: GroupProcess[] = []
  #gone: GroupProcess[] = []
  #count = 0

  private constructor(kafka: KafkaDesk, seed: number, input: string, output: string, guarantee: string) {
    this.#kafka = kafka
    this.#chance = new Chance(seed)
    this.#input = input
    this.#output = output
    this.#sqlFile = join(folder, `${output}.sql`)
    const servers = `'connector' = 'kafka', 'properties.bootstrap.servers' = '${kafka.bootstrapServers}', 'format' = 'json'`
    writeFileSync(this.#sqlFile, `
      CREATE TABLE input (id INT, page STRING) WITH (${servers}, 'topic' = '${input}', 'properties.group.id' = '${output}',
        'properties.session.timeout.ms' = '1500', 'properties.heartbeat.interval.ms' = '300', 'properties.rebalance.timeout.ms' = '10000');
      CREATE TABLE output (id INT, page STRING) WITH (${servers}, 'topic' = '${output}', 'sink.delivery-guarantee' = '${guarantee}',
        'sink.transactional-id-prefix' = '${output}'${guarantee === 'exactly-once' ? `, 'properties.transaction.timeout.ms' = '5000'` : ''});
      INSERT INTO output SELECT id, upper(page) FROM input WHERE id % 10 <> 3;`)
  }

  static async begin(kafka: KafkaDesk, seed: number, guarantee: string): Promise<Chaos> {
    const input = await kafka.createTopic(kafka.uniqueName('chaos-in'), { partitions: PARTITIONS })
    const output = await kafka.createTopic(kafka.uniqueName('chaos-out'), { partitions: 3 })
    return new Chaos(kafka, seed, input, output, guarantee)
  }

  /** Starts, kills and stops processes while messages come, then lets one of them read what is left. @returns ids as they were written */
  async run(): Promise<number[]> {
    try {
      const produced = this.#produce()
      for (let step = 0; step < STEPS; step++) {
        await this.#step()
        await sleep(this.#chance.between(0, 1_500))
      }
      await produced
      if (this.#processes.length === 0) this.#start()
      await this.#settled()
      for (const process of this.#processes) await process.stop()
      return await this.#written()
    } finally {
      for (const process of this.#processes) await process.end()
    }
  }

  get told(): string {
    return [...this.history, ...[...this.#gone, ...this.#processes].map(({ said }) => said)].join('\n')
  }

  async #produce(): Promise<void> {
    const chunk = 300
    for (let from = 0; from < MESSAGES; from += chunk) {
      await this.#kafka.produce(this.#input, Array.from({ length: chunk }, (_, i) => ({ value: `{"id":${from + i},"page":"/p/${(from + i) % 7}"}` })))
      await sleep(100)
    }
  }

  async #step(): Promise<void> {
    for (const process of this.#processes) process.check()
    const what = this.#processes.length === 0 ? 'start' : this.#chance.pick(['start', 'start', 'kill', 'stop'])
    if (what === 'start') return this.#processes.length < PROCESSES_MAX ? this.#start() : undefined
    const process = this.#chance.pick(this.#processes)
    this.#processes = this.#processes.filter((other) => other !== process)
    this.#gone.push(process)
    this.history.push(`${what} ${process.name}`)
    await (what === 'kill' ? process.kill() : process.stop())
  }

  #start(): void {
    const workers = this.#chance.between(1, 2)
    const process = new GroupProcess(`process ${this.#count++}`, [this.#sqlFile, '--workers', String(workers), '--checkpoint-interval', '100ms', '--progress', 'off'])
    this.history.push(`start ${process.name} with ${workers} workers`)
    this.#processes.push(process)
  }

  /** Waits until the group has read everything. */
  async #settled(): Promise<void> {
    const ends = await this.#kafka.offsets(this.#input)
    for (const end = performance.now() + SETTLE_MS_MAX; performance.now() < end; await sleep(200)) {
      for (const process of this.#processes) process.check()
      const committed = (await this.#kafka.committed(this.#output)).filter(({ topic }) => topic === this.#input)
      // Offsets of a topic with transactions go past their marks.
      if (ends.every((offset, partition) => (committed.find((c) => c.partition === partition)?.offset ?? -1) >= offset)) return
    }
    throw new Error(`not everything was read within ${SETTLE_MS_MAX} ms: ${JSON.stringify({ ends, committed: await this.#kafka.committed(this.#output) })}`)
  }

  async #written(): Promise<number[]> {
    // What a killed process has left open is aborted by its time limit, and hides what comes after it until then.
    for (let i = 0; i < 200 && (await this.#kafka.transactions()).some(({ transactionalId, state }) => transactionalId.startsWith(this.#output) && state !== 'CompleteCommit' && state !== 'CompleteAbort' && state !== 'Empty'); i++) await sleep(100)
    return (await this.#kafka.consume(this.#output)).map(({ value }) => (JSON.parse(value!.toString()) as { id: number }).id).sort((a, b) => a - b)
  }
}

const EXPECTED = Array.from({ length: MESSAGES }, (_, id) => id).filter((id) => id % 10 !== 3)

function differences(written: readonly number[]): { missing: number[]; twice: number[]; others: number[] } {
  const [have, wanted] = [new Set(written), new Set(EXPECTED)]
  return {
    missing: EXPECTED.filter((id) => !have.has(id)).slice(0, 20),
    twice: written.filter((id, i) => written[i + 1] === id).slice(0, 20),
    others: written.filter((id) => !wanted.has(id)).slice(0, 20),
  }
}

describeKafka('processes of a group that come, go and are killed', () => {
  let kafka: KafkaDesk
  beforeAll(async () => { kafka = await sharedKafka() }, 300_000)

  for (let run = 0; run < RUNS; run++) {
    const seed = FIRST_SEED + run
    const guarantee = run % 2 === 0 ? 'exactly-once' : 'at-least-once'
    it(`write everything ${guarantee} (run ${run})`, async () => {
      const chaos = await Chaos.begin(kafka, seed, guarantee)
      const again = (): string => `again with MILLRACE_SEED=${seed - (seed - FIRST_SEED) % 2} MILLRACE_CHAOS=${RUNS}\n${chaos.told}`
      const written = await chaos.run().catch((error: unknown) => {
        throw new Error(`${(error as Error).message}\n${again()}`, { cause: error })
      })
      const { missing, twice, others } = differences(written)
      expect({ missing, others }, again()).toEqual({ missing: [], others: [] })
      if (guarantee === 'exactly-once') expect(twice, again()).toEqual([])
    }, 240_000)
  }
})
