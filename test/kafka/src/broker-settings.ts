import { readFileSync } from 'node:fs'
import type { Certificates } from './certificates.js'

export type ListenerName = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

export interface ScramUser {
  readonly name: string
  readonly password: string
}

export interface KafkaOptions {
  /** Brokers, each a controller too; three of them replicate everything and need two in sync. Default 1. */
  readonly brokers?: number
  /** Default: PLAINTEXT alone. Each has its address in `addresses`. */
  readonly listeners?: readonly ListenerName[]
  /** Who may come by PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. Default: alice with `alice-secret`. */
  readonly users?: readonly ScramUser[]
  /** Users may do only what `allow` grants them; whoever comes by PLAINTEXT may do all. */
  readonly acls?: boolean
  /** SSL wants a certificate of the client. */
  readonly clientCertificates?: boolean
  /** Clients reach brokers through proxies that can be cut. */
  readonly proxied?: boolean
  /** Settings of the broker that outrank ours. */
  readonly properties?: Readonly<Record<string, string>>
  /** Default 256. */
  readonly heapMb?: number
  /** `quick` starts soon and stays slower; `fast` is for benches. Default `quick`. */
  readonly speed?: 'quick' | 'fast'
  /** The broker ends when this process does. Default: this process; 0: none. */
  readonly ownerPid?: number
  /** Where it writes; removed in the end. Default: a new one in the system's temporary directory. */
  readonly folder?: string
}

/** Where one broker listens. */
export interface BrokerPorts {
  readonly controller: number
  readonly internal: number
  readonly desk: number
  readonly listeners: ReadonlyMap<ListenerName, { readonly bound: number; readonly advertised: number }>
}

export const DEFAULT_USERS: readonly ScramUser[] = [{ name: 'alice', password: 'alice-secret' }]

/** The text of server.properties. */
export function brokerSettings(
  node: number, all: readonly BrokerPorts[], folder: string, options: KafkaOptions, certificates: Certificates | null,
): string {
  const ports = all[node - 1]!
  const copies = String(Math.min(all.length, 3))
  const enough = all.length >= 3 ? '2' : '1'
  const listeners = [...ports.listeners]
  const settings: Record<string, string> = {
    'node.id': String(node),
    'process.roles': 'broker,controller',
    'controller.quorum.voters': all.map((each, i) => `${i + 1}@127.0.0.1:${each.controller}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'listeners': [
      `CONTROLLER://127.0.0.1:${ports.controller}`, `INTERNAL://127.0.0.1:${ports.internal}`,
      ...listeners.map(([name, port]) => `${name}://127.0.0.1:${port.bound}`),
    ].join(','),
    'advertised.listeners': [
      `INTERNAL://127.0.0.1:${ports.internal}`, ...listeners.map(([name, port]) => `${name}://127.0.0.1:${port.advertised}`),
    ].join(','),
    'listener.security.protocol.map':
      'CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL',
    'log.dirs': `${folder}/data`,
    'millrace.internal': `127.0.0.1:${ports.internal}`,

    // What is asked for is made; a misspelt topic must not be.
    'auto.create.topics.enable': 'false',
    'auto.leader.rebalance.enable': 'false',
    'default.replication.factor': copies,
    'min.insync.replicas': enough,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': enough,
    'transaction.state.log.num.partitions': '4',

    // Quick to start, to notice and to stop.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '500',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'controller.quorum.election.timeout.ms': '500',
    'controller.quorum.fetch.timeout.ms': '1000',
    'replica.lag.time.max.ms': '5000',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'log.index.size.max.bytes': '1048576',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',

    ...(listeners.some(([name]) => name.startsWith('SASL')) ? saslSettings(options) : {}),
    ...(certificates === null ? {} : sslSettings(options, certificates)),
    ...(options.acls === true ? {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'super.users': 'User:ANONYMOUS',
    } : {}),
    ...options.properties,
  }
  return Object.entries(settings).map(([name, value]) => `${name}=${value.replaceAll('\n', '\\n')}\n`).join('')
}

function saslSettings(options: KafkaOptions): Record<string, string> {
  const users = options.users ?? DEFAULT_USERS
  const plain = users.map(({ name, password }) => `user_${name}="${password}"`).join(' ')
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...Object.fromEntries((['sasl_plaintext', 'sasl_ssl'] as const).flatMap((listener) => [
      [`listener.name.${listener}.plain.sasl.jaas.config`, `org.apache.kafka.common.security.plain.PlainLoginModule required ${plain};`],
      [`listener.name.${listener}.scram-sha-256.sasl.jaas.config`, 'org.apache.kafka.common.security.scram.ScramLoginModule required;'],
      [`listener.name.${listener}.scram-sha-512.sasl.jaas.config`, 'org.apache.kafka.common.security.scram.ScramLoginModule required;'],
    ])),
  }
}

function sslSettings(options: KafkaOptions, certificates: Certificates): Record<string, string> {
  const pem = (file: string): string => readFileSync(file, 'utf8').trim()
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': pem(certificates.broker),
    'ssl.keystore.key': pem(certificates.brokerKey),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': pem(certificates.authority),
    'ssl.client.auth': options.clientCertificates === true ? 'required' : 'none',
  }
}
