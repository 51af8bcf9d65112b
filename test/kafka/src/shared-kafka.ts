import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { Desk } from './desk.js'
import { exclusively } from './exclusively.js'
import { KafkaDesk } from './kafka-desk.js'
import { startKafka } from './kafka-cluster.js'

/** How a process finds a broker that another has started: `bootstrap servers|port of the desk`. */
const PLACE = 'MILLRACE_KAFKA'

let shared: Promise<KafkaDesk> | undefined

/**
 * The broker that all test files of a run have in common: the first that asks starts it, and it ends by itself with the process that
 * runs the files. Topics and groups need names of their own (`uniqueName`). Where `MILLRACE_KAFKA` names one that was started by hand
 * (`node scripts/kafka.mjs`), it is that.
 */
export function sharedKafka(): Promise<KafkaDesk> {
  shared ??= find()
  return shared
}

async function find(): Promise<KafkaDesk> {
  const given = process.env[PLACE]
  if (given !== undefined && given !== '') {
    const known = await KnownKafka.at(given)
    if (known === null) throw new Error(`no broker of the tests listens at ${PLACE}=${given}`)
    return known
  }
  // Vitest runs test files in processes, or threads, of one that stays until the end.
  const runner = isMainThread ? process.ppid : process.pid
  const folder = join(tmpdir(), `millrace-tests-${runner}`)
  return exclusively(folder, async () => {
    const file = join(folder, 'kafka')
    const running = existsSync(file) ? await KnownKafka.at(readFileSync(file, 'utf8')) : null
    if (running !== null) return running
    const place = placeOf(await startKafka({ ownerPid: runner, folder }))
    writeFileSync(file, place)
    return (await KnownKafka.at(place))!
  })
}

export function placeOf(kafka: { readonly bootstrapServers: string; readonly deskPorts: readonly number[] }): string {
  return `${kafka.bootstrapServers}|${kafka.deskPorts[0]}`
}

/** A broker that is not ours to stop. */
class KnownKafka extends KafkaDesk {
  readonly #desk: Desk

  private constructor(bootstrapServers: string, desk: Desk) {
    super(bootstrapServers, 1)
    this.#desk = desk
  }

  static async at(place: string): Promise<KnownKafka | null> {
    const [bootstrapServers, port] = place.split('|') as [string, string]
    const desk = await Desk.open(Number(port))
    return desk === null ? null : new KnownKafka(bootstrapServers, desk)
  }

  protected override desk(): Promise<Desk> {
    return Promise.resolve(this.#desk)
  }
}
