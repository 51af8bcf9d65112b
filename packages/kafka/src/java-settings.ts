import type { OptionTable } from '@millrace/core'

const FORMATS = 'it is the formats that read and write keys and values: see `format` and `key.format`'
const CHECKPOINTS = 'positions are committed when what was read up to them is: see the checkpoints of the job'
const STORES = 'certificates are PEM files here, which keytool and openssl make of a key store: see `properties.ssl.ca.location`, `.certificate.location` and `.key.location`'
const RETRIES = 'what passes is tried again for as long as `properties.retry.timeout.ms` says'
const KERBEROS = 'PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 are spoken'

/** Settings of the Java client that somebody may bring along, and what there is instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  'allow.auto.create.topics': 'topics are never made by reading or writing them: make them before',
  'auto.commit.interval.ms': CHECKPOINTS,
  'check.crcs': 'checksums are always checked',
  'client.rack': 'records are fetched from leaders alone',
  'default.api.timeout.ms': RETRIES,
  'enable.auto.commit': CHECKPOINTS,
  'enable.idempotence': 'batches that are sent twice are always told apart',
  'exclude.internal.topics': 'topics of Kafka itself are read by name alone',
  'group.protocol': 'groups are joined by the classic protocol',
  'interceptor.classes': 'there is no code of others between broker and table',
  'key.deserializer': FORMATS,
  'key.serializer': FORMATS,
  'max.block.ms': RETRIES,
  'max.in.flight.requests.per.connection': 'order is kept whatever is under way',
  'max.poll.interval.ms': 'a job does not poll: see `properties.rebalance.timeout.ms`',
  'max.poll.records': 'a job does not poll: see `properties.max.partition.fetch.bytes`',
  'metadata.max.age.ms': 'leaders are asked for again when they have moved; for new partitions see `scan.partition-discovery.interval`',
  'partition.assignment.strategy': 'partitions are shared out evenly, and stay where they are as far as that allows',
  'partitioner.class': 'see `sink.partitioner`',
  'reconnect.backoff.max.ms': RETRIES,
  'reconnect.backoff.ms': RETRIES,
  'retries': RETRIES,
  'retry.backoff.ms': RETRIES,
  'sasl.kerberos.service.name': KERBEROS,
  'sasl.login.callback.handler.class': KERBEROS,
  'sasl.oauthbearer.token.endpoint.url': KERBEROS,
  'ssl.keystore.key': STORES,
  'ssl.keystore.location': STORES,
  'ssl.keystore.password': STORES,
  'ssl.keystore.type': STORES,
  'ssl.truststore.certificates': STORES,
  'ssl.truststore.location': STORES,
  'ssl.truststore.password': STORES,
  'ssl.truststore.type': STORES,
  'transactional.id': 'see `sink.transactional-id-prefix`',
  'value.deserializer': FORMATS,
  'value.serializer': FORMATS,
}

/** They are refused by name, with what there is instead: a setting that is taken and does nothing is worse than one that is not taken. */
export const JAVA_SETTINGS: OptionTable = Object.fromEntries(
  Object.entries(INSTEAD).map(([name, doc]) => [`properties.${name}`, { type: 'string', secret: /password|keystore\.key/.test(name), refused: true, doc }]),
)
