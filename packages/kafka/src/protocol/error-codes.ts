import type { ErrorCode, ErrorDetails, MillraceError } from '@millrace/core'
import { kafkaFailure } from '../kafka-failure.js'

/** What an error of a broker means to us. */
export interface BrokerError {
  readonly code: number
  /** As Kafka calls it. */
  readonly name: string
  readonly as: ErrorCode
  /** It passes by itself: the same request may succeed later, or at another broker. */
  readonly passes: boolean
  /** What we know is out of date, and must be asked again before the next attempt. */
  readonly stale: 'leaders' | 'coordinator' | null
}

type Row = readonly [code: number, name: string, as: ErrorCode, passes?: 'passes', stale?: 'leaders' | 'coordinator']

/** Kafka's table of errors, as far as the requests that we send can give them. */
const ROWS: readonly Row[] = [
  [-1, 'UNKNOWN_SERVER_ERROR', 'KAFKA_PROTOCOL'],
  [1, 'OFFSET_OUT_OF_RANGE', 'KAFKA_OFFSET_GONE'],
  [2, 'CORRUPT_MESSAGE', 'KAFKA_UNAVAILABLE', 'passes'],
  [3, 'UNKNOWN_TOPIC_OR_PARTITION', 'KAFKA_TOPIC_MISSING', 'passes', 'leaders'],
  [4, 'INVALID_FETCH_SIZE', 'KAFKA_PROTOCOL'],
  [5, 'LEADER_NOT_AVAILABLE', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [6, 'NOT_LEADER_OR_FOLLOWER', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [7, 'REQUEST_TIMED_OUT', 'KAFKA_UNAVAILABLE', 'passes'],
  [8, 'BROKER_NOT_AVAILABLE', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [9, 'REPLICA_NOT_AVAILABLE', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [10, 'MESSAGE_TOO_LARGE', 'SINK_UNWRITABLE'],
  [12, 'OFFSET_METADATA_TOO_LARGE', 'KAFKA_PROTOCOL'],
  [13, 'NETWORK_EXCEPTION', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [14, 'COORDINATOR_LOAD_IN_PROGRESS', 'KAFKA_UNAVAILABLE', 'passes'],
  [15, 'COORDINATOR_NOT_AVAILABLE', 'KAFKA_UNAVAILABLE', 'passes', 'coordinator'],
  [16, 'NOT_COORDINATOR', 'KAFKA_UNAVAILABLE', 'passes', 'coordinator'],
  [17, 'INVALID_TOPIC_EXCEPTION', 'KAFKA_TOPIC_MISSING'],
  [18, 'RECORD_LIST_TOO_LARGE', 'SINK_UNWRITABLE'],
  [19, 'NOT_ENOUGH_REPLICAS', 'KAFKA_UNAVAILABLE', 'passes'],
  [20, 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'KAFKA_UNAVAILABLE', 'passes'],
  [21, 'INVALID_REQUIRED_ACKS', 'KAFKA_PROTOCOL'],
  [22, 'ILLEGAL_GENERATION', 'KAFKA_FENCED'],
  [23, 'INCONSISTENT_GROUP_PROTOCOL', 'KAFKA_GROUP'],
  [24, 'INVALID_GROUP_ID', 'KAFKA_GROUP'],
  [25, 'UNKNOWN_MEMBER_ID', 'KAFKA_FENCED'],
  [26, 'INVALID_SESSION_TIMEOUT', 'KAFKA_GROUP'],
  [27, 'REBALANCE_IN_PROGRESS', 'KAFKA_FENCED'],
  [28, 'INVALID_COMMIT_OFFSET_SIZE', 'KAFKA_PROTOCOL'],
  [29, 'TOPIC_AUTHORIZATION_FAILED', 'KAFKA_AUTHORIZATION'],
  [30, 'GROUP_AUTHORIZATION_FAILED', 'KAFKA_AUTHORIZATION'],
  [31, 'CLUSTER_AUTHORIZATION_FAILED', 'KAFKA_AUTHORIZATION'],
  [32, 'INVALID_TIMESTAMP', 'SINK_UNWRITABLE'],
  [33, 'UNSUPPORTED_SASL_MECHANISM', 'KAFKA_AUTHENTICATION'],
  [34, 'ILLEGAL_SASL_STATE', 'KAFKA_AUTHENTICATION'],
  [35, 'UNSUPPORTED_VERSION', 'KAFKA_PROTOCOL'],
  [36, 'TOPIC_ALREADY_EXISTS', 'KAFKA_PROTOCOL'],
  [37, 'INVALID_PARTITIONS', 'KAFKA_PROTOCOL'],
  [38, 'INVALID_REPLICATION_FACTOR', 'KAFKA_PROTOCOL'],
  [39, 'INVALID_REPLICA_ASSIGNMENT', 'KAFKA_PROTOCOL'],
  [40, 'INVALID_CONFIG', 'KAFKA_PROTOCOL'],
  [41, 'NOT_CONTROLLER', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [42, 'INVALID_REQUEST', 'KAFKA_PROTOCOL'],
  [43, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'KAFKA_PROTOCOL'],
  [44, 'POLICY_VIOLATION', 'KAFKA_PROTOCOL'],
  [45, 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'KAFKA_PROTOCOL'],
  [46, 'DUPLICATE_SEQUENCE_NUMBER', 'KAFKA_PROTOCOL'],
  [47, 'INVALID_PRODUCER_EPOCH', 'KAFKA_FENCED'],
  [48, 'INVALID_TXN_STATE', 'KAFKA_PROTOCOL'],
  [49, 'INVALID_PRODUCER_ID_MAPPING', 'KAFKA_TRANSACTION_LOST'],
  [50, 'INVALID_TRANSACTION_TIMEOUT', 'OPTION_INVALID'],
  [51, 'CONCURRENT_TRANSACTIONS', 'KAFKA_UNAVAILABLE', 'passes'],
  [52, 'TRANSACTION_COORDINATOR_FENCED', 'KAFKA_UNAVAILABLE', 'passes', 'coordinator'],
  [53, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'KAFKA_AUTHORIZATION'],
  [54, 'SECURITY_DISABLED', 'KAFKA_AUTHORIZATION'],
  [55, 'OPERATION_NOT_ATTEMPTED', 'KAFKA_PROTOCOL'],
  [56, 'KAFKA_STORAGE_ERROR', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [57, 'LOG_DIR_NOT_FOUND', 'KAFKA_PROTOCOL'],
  [58, 'SASL_AUTHENTICATION_FAILED', 'KAFKA_AUTHENTICATION'],
  [59, 'UNKNOWN_PRODUCER_ID', 'KAFKA_PROTOCOL'],
  [65, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED', 'KAFKA_AUTHORIZATION'],
  [69, 'GROUP_ID_NOT_FOUND', 'KAFKA_GROUP'],
  [70, 'FETCH_SESSION_ID_NOT_FOUND', 'KAFKA_UNAVAILABLE', 'passes'],
  [71, 'INVALID_FETCH_SESSION_EPOCH', 'KAFKA_UNAVAILABLE', 'passes'],
  [72, 'LISTENER_NOT_FOUND', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [74, 'FENCED_LEADER_EPOCH', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [75, 'UNKNOWN_LEADER_EPOCH', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [76, 'UNSUPPORTED_COMPRESSION_TYPE', 'KAFKA_PROTOCOL'],
  [78, 'OFFSET_NOT_AVAILABLE', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [79, 'MEMBER_ID_REQUIRED', 'KAFKA_GROUP'],
  [80, 'PREFERRED_LEADER_NOT_AVAILABLE', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [81, 'GROUP_MAX_SIZE_REACHED', 'KAFKA_GROUP'],
  [82, 'FENCED_INSTANCE_ID', 'KAFKA_FENCED'],
  [87, 'INVALID_RECORD', 'SINK_UNWRITABLE'],
  [88, 'UNSTABLE_OFFSET_COMMIT', 'KAFKA_UNAVAILABLE', 'passes'],
  [89, 'THROTTLING_QUOTA_EXCEEDED', 'KAFKA_UNAVAILABLE', 'passes'],
  [90, 'PRODUCER_FENCED', 'KAFKA_FENCED'],
  [100, 'UNKNOWN_TOPIC_ID', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [103, 'INCONSISTENT_TOPIC_ID', 'KAFKA_UNAVAILABLE', 'passes', 'leaders'],
  [105, 'TRANSACTIONAL_ID_NOT_FOUND', 'KAFKA_TRANSACTION_LOST'],
  [109, 'OFFSET_MOVED_TO_TIERED_STORAGE', 'KAFKA_PROTOCOL'],
  [110, 'FENCED_MEMBER_EPOCH', 'KAFKA_FENCED'],
  [111, 'UNRELEASED_INSTANCE_ID', 'KAFKA_GROUP'],
  [113, 'STALE_MEMBER_EPOCH', 'KAFKA_FENCED'],
  [120, 'TRANSACTION_ABORTABLE', 'KAFKA_FENCED'],
]

export const BROKER_ERRORS: ReadonlyMap<number, BrokerError> = new Map(
  ROWS.map(([code, name, as, passes, stale]) => [code, { code, name, as, passes: passes !== undefined, stale: stale ?? null }]),
)

export function brokerError(code: number): BrokerError {
  return BROKER_ERRORS.get(code) ?? { code, name: `error ${code}`, as: 'KAFKA_PROTOCOL', passes: false, stale: null }
}

/** What a request was about, so that what is known of it can be forgotten: see `Cluster.retrying`. */
export interface About extends ErrorDetails {
  readonly topic?: string
  readonly partition?: number
  readonly coordinator?: { readonly kind: 'group' | 'transaction'; readonly key: string }
}

const ADVICE: Partial<Record<string, string>> = {
  MESSAGE_TOO_LARGE: 'a record is larger than the topic takes; see max.message.bytes of the topic and message.max.bytes of the brokers',
  RECORD_LIST_TOO_LARGE: 'make properties.batch.size smaller',
  NOT_ENOUGH_REPLICAS: 'fewer replicas are in sync than min.insync.replicas of the topic asks for',
  INVALID_SESSION_TIMEOUT: 'properties.session.timeout.ms must be between group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers',
  INVALID_TRANSACTION_TIMEOUT: 'properties.transaction.timeout.ms must be at most transaction.max.timeout.ms of the brokers',
  UNSUPPORTED_VERSION: 'Kafka 2.5 or later is needed',
  TOPIC_AUTHORIZATION_FAILED: 'give the user an ACL on the topic: Read and Describe to read, Write and Describe to write',
  GROUP_AUTHORIZATION_FAILED: 'give the user an ACL on the group: Read',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'give the user an ACL on the transactional ids: Write and Describe',
}

/**
 * An error code of a broker as the error of ours that it is. `details.kafka` has Kafka's name of it.
 *
 * @param what the beginning of a sentence: `topic \`orders\` cannot be read`
 */
export function brokerFailure(code: number, what: string, about: About = {}, said: string | null = null): MillraceError {
  const { name, as, passes } = brokerError(code)
  const advice = ADVICE[name]
  const message = `${what}: ${name}${said === null || said === '' ? '' : ` (${said})`}${advice === undefined ? '' : `; ${advice}`}`
  return kafkaFailure(as, message, { ...about, kafka: name, kafkaCode: code, ...(passes ? { retry: true } : {}) })
}

/** @throws MillraceError what `brokerFailure` makes of it, unless it is 0 */
export function checkError(code: number, what: string, about: About = {}, said: string | null = null): void {
  if (code !== 0) throw brokerFailure(code, what, about, said)
}

/** Kafka's name of what failed, or null where it was something else. */
export function kafkaNameOf(error: unknown): string | null {
  const name = (error as Partial<MillraceError>)?.details?.kafka
  return typeof name === 'string' ? name : null
}
