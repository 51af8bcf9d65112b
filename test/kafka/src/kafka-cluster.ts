import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BrokerProcess } from './broker-process.js'
import { brokerSettings, DEFAULT_USERS, type BrokerPorts, type KafkaOptions, type ListenerName } from './broker-settings.js'
import { makeCertificates, type Certificates } from './certificates.js'
import { CutProxy } from './cut-proxy.js'
import type { Desk } from './desk.js'
import { freePorts } from './free-ports.js'
import { javaArguments } from './jars.js'
import { KafkaDesk } from './kafka-desk.js'

const HEAP_MB = 256

/** One of the brokers; the first has id 1. */
export interface KafkaBroker {
  readonly id: number
  readonly process: BrokerProcess
  /** Between clients and the broker's listener of this name, where brokers are `proxied`. */
  readonly proxies: ReadonlyMap<ListenerName, CutProxy>
  /** `host:port` of the broker itself, whatever stands before it. */
  readonly internal: string
  readonly deskPort: number
}

/** Brokers of a test's own: they can be killed, started again and cut off. `stop` it. */
export class KafkaCluster extends KafkaDesk {
  readonly brokers: readonly KafkaBroker[]
  /** `host:port,…` by listener; `bootstrapServers` is the first of them. */
  readonly addresses: Readonly<Partial<Record<ListenerName, string>>>
  /** Where a listener has SSL. */
  readonly certificates: Certificates | null
  readonly #folder: string
  readonly #desks: (Desk | null)[]

  constructor(
    brokers: readonly KafkaBroker[], addresses: Readonly<Partial<Record<ListenerName, string>>>, certificates: Certificates | null, folder: string,
  ) {
    super(Object.values(addresses)[0]!, brokers.length)
    this.brokers = brokers
    this.addresses = addresses
    this.certificates = certificates
    this.#folder = folder
    this.#desks = brokers.map(() => null)
  }

  /** Has certificates, and the log of each broker. */
  get folder(): string {
    return this.#folder
  }

  get deskPorts(): readonly number[] {
    return this.brokers.map((broker) => broker.deskPort)
  }

  /** Kills broker `id` as a crash would. */
  async kill(id: number): Promise<void> {
    this.#forgetDesk(id)
    await this.brokers[id - 1]!.process.kill()
  }

  /** Stops broker `id` in good order: it gives its partitions to others before. */
  async shutDown(id: number): Promise<void> {
    this.#forgetDesk(id)
    await this.brokers[id - 1]!.process.stop()
  }

  /** Starts a broker again, on its data. */
  async restart(id: number): Promise<void> {
    await this.shutDown(id)
    this.brokers[id - 1]!.process.start()
    await this.#ready(id)
  }

  /** Cuts all clients off from a broker, or from all of them, for so long; see `CutProxy.cut`. */
  cut(ms: number, id?: number): void {
    for (const broker of this.brokers) if (id === undefined || broker.id === id) for (const proxy of broker.proxies.values()) proxy.cut(ms)
  }

  /** As `cut`, but nobody is told; see `CutProxy.silence`. */
  silence(ms: number, id?: number): void {
    for (const broker of this.brokers) if (id === undefined || broker.id === id) for (const proxy of broker.proxies.values()) proxy.silence(ms)
  }

  async start(): Promise<void> {
    for (const broker of this.brokers) broker.process.start()
    await Promise.all(this.brokers.map((broker) => this.#ready(broker.id)))
  }

  /** Stops all and removes what they have written. */
  async stop(): Promise<void> {
    for (const broker of this.brokers) this.#forgetDesk(broker.id)
    // One by one they would look for others to give their partitions to; nobody will read what they have.
    await Promise.all(this.brokers.map((broker) => (this.brokers.length > 1 ? broker.process.kill() : broker.process.stop())))
    await Promise.all(this.brokers.flatMap((broker) => [...broker.proxies.values()].map((proxy) => proxy.stop())))
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  protected override desk(): Promise<Desk> {
    const desk = this.#desks.find((each) => each !== null && each.isOpen)
    return desk === undefined || desk === null ? Promise.reject(new Error('no broker runs')) : Promise.resolve(desk)
  }

  async #ready(id: number): Promise<void> {
    this.#desks[id - 1] = await this.brokers[id - 1]!.process.ready()
  }

  #forgetDesk(id: number): void {
    this.#desks[id - 1]?.close()
    this.#desks[id - 1] = null
  }
}

/**
 * Starts Apache Kafka (KRaft) on the loopback, in a new folder of the system's temporary directory. It ends with this process, however
 * that ends.
 *
 * @throws Error with the end of the log, where a broker does not start
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const listeners = options.listeners ?? ['PLAINTEXT']
  const count = options.brokers ?? 1
  const java = await javaArguments()
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'millrace-kafka-'))
  const certificates = listeners.some((name) => name.endsWith('SSL')) ? await makeCertificates(folder) : null
  const all: BrokerPorts[] = []
  const proxies: Map<ListenerName, CutProxy>[] = []
  const free = [...(await freePorts(count * (3 + 2 * listeners.length)))]
  for (let i = 0; i < count; i++) {
    const [controller, internal, desk] = free.splice(0, 3) as [number, number, number]
    const bound = new Map(listeners.map((name) => {
      const [port, proxyPort] = free.splice(0, 2) as [number, number]
      return [name, { bound: port, advertised: options.proxied === true ? proxyPort : port }] as const
    }))
    all.push({ controller, internal, desk, listeners: bound })
    proxies.push(new Map())
    if (options.proxied === true) for (const [name, port] of bound) proxies[i]!.set(name, await CutProxy.start(port.advertised, port.bound))
  }
  const clusterId = randomBytes(16).toString('base64url')
  const format = (options.users ?? DEFAULT_USERS).flatMap(({ name, password }) =>
    listeners.some((listener) => listener.startsWith('SASL'))
      ? ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`])
      : [])
  const brokers = all.map((ports, i) => {
    const home = join(folder, `broker-${i + 1}`)
    mkdirSync(home)
    writeFileSync(join(home, 'server.properties'), brokerSettings(i + 1, all, home, options, certificates))
    const flags = options.speed === 'fast' ? ['-XX:+UseParallelGC'] : ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const process_ = new BrokerProcess({
      java: [...flags, '-Xshare:auto', '-Xms64m', `-Xmx${options.heapMb ?? HEAP_MB}m`, ...java], folder: home, deskPort: ports.desk, clusterId,
      ownerPid: options.ownerPid ?? process.pid, format,
    })
    return { id: i + 1, process: process_, proxies: proxies[i]!, internal: `127.0.0.1:${ports.internal}`, deskPort: ports.desk }
  })
  const addresses = Object.fromEntries(listeners.map((name) => [name, all.map((ports) => `127.0.0.1:${ports.listeners.get(name)!.advertised}`).join(',')]))
  const cluster = new KafkaCluster(brokers, addresses, certificates, folder)
  try {
    await cluster.start()
  } catch (e) {
    await cluster.stop()
    throw e
  }
  return cluster
}
