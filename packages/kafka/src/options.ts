import { FORMAT_OPTIONS, type OptionTable } from '@millrace/core'
import { DRIVER_NAMES, SASL_MECHANISMS } from './drivers/connection.js'
import { JAVA_SETTINGS } from './java-settings.js'

/** How to reach the cluster and sign in; for reading and writing alike. Names behind `properties.` are those of the Java client. */
export const CONNECTION_OPTIONS: OptionTable = {
  driver: {
    type: 'string', values: DRIVER_NAMES, default: 'platformatic', tuning: true,
    doc: 'The client library that opens the connections: @platformatic/kafka or kafkajs. What is read and written is the same.',
  },
  'properties.bootstrap.servers': { type: 'string', required: true, tuning: true, doc: 'Brokers to ask for all others: `host:port,host:port`.' },
  'properties.client.id': { type: 'string', default: 'millrace', tuning: true, doc: 'The name that brokers log and set quotas by.' },
  'properties.request.timeout.ms': { type: 'duration', default: '30s', minimum: 1, tuning: true, doc: 'How long a broker may take to answer.' },
  'properties.socket.connection.setup.timeout.ms': {
    type: 'duration', default: '10s', minimum: 1, tuning: true, doc: 'How long a connection may take to open and sign in.',
  },
  'properties.retry.timeout.ms': {
    type: 'duration', default: '60s', minimum: 0, tuning: true,
    doc: 'How long something that passes (a broker that restarts, a leader that moves) is tried again before it counts as a failure of the job.',
  },
  'properties.security.protocol': {
    type: 'string', values: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], default: 'PLAINTEXT', tuning: true,
    doc: 'Whether connections are encrypted (SSL) and signed in to by name (SASL).',
  },
  'properties.sasl.mechanism': { type: 'string', values: SASL_MECHANISMS, tuning: true, doc: 'How to sign in under SASL_PLAINTEXT and SASL_SSL.' },
  'properties.sasl.username': { type: 'string', tuning: true, doc: 'Who signs in; or in `properties.sasl.jaas.config`.' },
  'properties.sasl.password': { type: 'string', secret: true, tuning: true, doc: 'The password of `properties.sasl.username`.' },
  'properties.sasl.jaas.config': {
    type: 'string', secret: true, tuning: true,
    doc: 'User and password as the Java client takes them: `… required username="…" password="…";`.',
  },
  'properties.ssl.ca.location': {
    type: 'string', path: true, tuning: true, doc: 'PEM file of the authorities whose certificates are trusted. Left out: those of Node.js.',
  },
  'properties.ssl.certificate.location': { type: 'string', path: true, tuning: true, doc: 'PEM file of the certificate to show to brokers.' },
  'properties.ssl.key.location': { type: 'string', path: true, tuning: true, doc: 'PEM file of the key of `properties.ssl.certificate.location`.' },
  'properties.ssl.key.password': { type: 'string', secret: true, tuning: true, doc: 'The password of that key.' },
  'properties.ssl.endpoint.identification.algorithm': {
    type: 'string', values: ['https', ''], default: 'https', tuning: true,
    doc: 'https: the certificate must be of the host that was dialled; empty: of any host.',
  },
  ...JAVA_SETTINGS,
}

/** How records become rows; for reading and writing alike. */
const RECORD_OPTIONS: OptionTable = {
  format: { type: 'string', doc: 'How values are written: json, csv, …; another name of `value.format`.' },
  'value.format': { type: 'string', doc: 'How values are written: json, csv, …; another name of `format`.' },
  'key.format': { type: 'string', doc: 'How keys are written. Left out: keys are not looked at, or left empty.' },
  'key.fields': { type: 'string', doc: 'The columns that the key holds, with `;` between them. Left out: the primary key, where there is one.' },
  'key.fields-prefix': { type: 'string', default: '', doc: 'What the names of key columns begin with and names in the key do not.' },
  'value.fields-include': {
    type: 'string', values: ['ALL', 'EXCEPT_KEY'], default: 'ALL', doc: 'Whether values hold the columns of the key too.',
  },
  ...FORMAT_OPTIONS,
}

/** Membership of a consumer group, and how partitions are found. */
const GROUP_OPTIONS: OptionTable = {
  'properties.group.id': { type: 'string', doc: 'The consumer group whose processes share the partitions or stand by for each other.' },
  'properties.group.instance.id': {
    type: 'string', tuning: true, doc: 'A name that stays when the process starts anew, so that its share waits for it (static membership).',
  },
  'properties.session.timeout.ms': {
    type: 'duration', default: '45s', minimum: 1, tuning: true, doc: 'A member that was silent so long counts as dead.',
  },
  'properties.heartbeat.interval.ms': { type: 'duration', default: '3s', minimum: 1, tuning: true, doc: 'How often a member says that it lives.' },
  'properties.rebalance.timeout.ms': {
    type: 'duration', default: '5min', minimum: 1, tuning: true,
    doc: 'How long the members of a group may take to finish what they are at before partitions move.',
  },
  'scan.partition-discovery.interval': {
    type: 'duration', default: '5min', minimum: 0, tuning: true, doc: 'How often new partitions and topics are looked for; 0: never.',
  },
}

export const READ_OPTIONS: OptionTable = {
  topic: { type: 'string', doc: 'The topic, or several with `;` between them.' },
  'topic-pattern': { type: 'string', doc: 'A regular expression that whole names of topics match; instead of `topic`.' },
  ...CONNECTION_OPTIONS,
  ...RECORD_OPTIONS,
  ...GROUP_OPTIONS,
  'properties.isolation.level': {
    type: 'string', values: ['read_committed', 'read_uncommitted'], default: 'read_committed',
    doc: 'Whether records of transactions that are open or were aborted are left out.',
  },
  'properties.auto.offset.reset': {
    type: 'string', values: ['earliest', 'latest', 'none'], default: 'earliest',
    doc: 'Where to begin under `group-offsets` in partitions for which the group has committed nothing; none: that is an error.',
  },
  'properties.fetch.min.bytes': { type: 'bytes', default: '1', minimum: 0, tuning: true, doc: 'A broker waits until it has so much to give.' },
  'properties.fetch.max.bytes': { type: 'bytes', default: '50mb', minimum: 1, tuning: true, doc: 'Size of an answer with records at most.' },
  'properties.fetch.max.wait.ms': { type: 'duration', default: '500ms', minimum: 0, tuning: true, doc: 'How long a broker waits for `fetch.min.bytes`.' },
  'properties.max.partition.fetch.bytes': {
    type: 'bytes', default: '1mb', minimum: 1, tuning: true, doc: 'Records of one partition in an answer at most, but one batch at least.',
  },
  'scan.startup.mode': {
    type: 'string', values: ['earliest-offset', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
    doc: 'Where to begin when there is no checkpoint. Left out: `group-offsets` with a group, else `earliest-offset`.',
  },
  'scan.startup.timestamp-millis': { type: 'integer', minimum: 0, doc: 'Under `timestamp`: the first record that is not older.' },
  'scan.startup.specific-offsets': { type: 'string', doc: 'Under `specific-offsets`: `partition:0,offset:42;partition:1,offset:300`.' },
  'scan.bounded.mode': {
    type: 'string', values: ['unbounded', 'latest-offset', 'timestamp', 'specific-offsets', 'group-offsets'], default: 'unbounded',
    doc: 'Where to end; what is there when the job starts under `latest-offset`.',
  },
  'scan.bounded.timestamp-millis': { type: 'integer', minimum: 0, doc: 'Under `timestamp`: ends before the first record that is not older.' },
  'scan.bounded.specific-offsets': { type: 'string', doc: 'Under `specific-offsets`: `partition:0,offset:42`; ends before these.' },
  'scan.partitions': { type: 'string', doc: 'Reads these partitions alone, a fixed share of a job that runs in several processes: `0-3,7`.' },
  'scan.partitioned-by-key': {
    type: 'boolean', default: 'false', doc: 'Rows with equal `key.fields` are in one partition, so that grouping by them is done where they are read.',
  },
}

export const WRITE_OPTIONS: OptionTable = {
  topic: { type: 'string', required: true, doc: 'The topic.' },
  ...CONNECTION_OPTIONS,
  ...RECORD_OPTIONS,
  'sink.delivery-guarantee': {
    type: 'string', values: ['none', 'at-least-once', 'exactly-once'], default: 'at-least-once',
    doc: 'exactly-once: rows are in transactions that are committed with the checkpoints of the job.',
  },
  'sink.transactional-id-prefix': {
    type: 'string', default: 'millrace',
    doc: 'What the names of transactions begin with; behind it comes the id of the job. Users need the right to write to transactional ids that begin so.',
  },
  'sink.lost-transactions': {
    type: 'string', values: ['fail', 'ignore'], default: 'fail', tuning: true,
    doc: 'What to do where brokers have aborted a transaction that a checkpoint had prepared, so that its rows are missing: KAFKA_TRANSACTION_LOST, or go on without them.',
  },
  'sink.partitioner': {
    type: 'string', values: ['default', 'round-robin', 'fixed'], default: 'default', tuning: true,
    doc: 'default: by key, as the Java client; without a key, batch by batch in turn. fixed: each worker keeps to one partition.',
  },
  'properties.acks': { type: 'string', values: ['all', '-1', '1', '0'], default: 'all', tuning: true, doc: 'Which brokers must have a record before it counts as written.' },
  'properties.compression.type': {
    type: 'string', values: ['none', 'gzip', 'snappy', 'lz4', 'zstd'], default: 'none', tuning: true, doc: 'How batches are compressed.',
  },
  'properties.batch.size': { type: 'bytes', default: '128kb', minimum: 0, tuning: true, doc: 'A batch of a partition is sent when it is so large.' },
  'properties.linger.ms': { type: 'duration', default: '5ms', minimum: 0, tuning: true, doc: 'How long a batch that is not full waits for more rows.' },
  'properties.buffer.memory': { type: 'bytes', default: '32mb', minimum: 1, tuning: true, doc: 'Bytes that wait to be acknowledged before a worker waits.' },
  'properties.max.request.size': { type: 'bytes', default: '1mb', minimum: 1, tuning: true, doc: 'Size of one record batch at most.' },
  'properties.delivery.timeout.ms': { type: 'duration', default: '2min', minimum: 1, tuning: true, doc: 'How long a batch is tried before the job fails.' },
  'properties.transaction.timeout.ms': {
    type: 'duration', minimum: 1, tuning: true,
    doc: 'How long a transaction may stay open before the broker aborts it: more than the longest outage that is to be survived. Left out: 15min, the most'
      + ' that brokers allow by default; 30s where the processes of a group share the topics, for then nobody goes on with it.',
  },
}
