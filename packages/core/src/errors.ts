/**
 * Every error Millrace raises, in one table.
 *
 * `domain` says who has to act: the `user` (query, options or data), something `external` (disk, broker, network) or
 * nobody but us (`internal`: a defect). `retry` says whether trying again unchanged may succeed.
 */
export type ErrorDomain = 'user' | 'external' | 'internal'

export interface ErrorKind {
  readonly domain: ErrorDomain
  readonly retry: boolean
  /** What happened, in general terms; the reference page prints it beside the code. */
  readonly message: string
}

export const ERRORS = {
  // SQL text
  SQL_SYNTAX: { domain: 'user', retry: false, message: 'the SQL text cannot be parsed' },
  SQL_UNSUPPORTED: { domain: 'user', retry: false, message: 'the SQL is understood but not supported' },
  SQL_TABLE_UNKNOWN: { domain: 'user', retry: false, message: 'no table or view of that name' },
  SQL_TABLE_EXISTS: { domain: 'user', retry: false, message: 'a table or view of that name exists already' },
  SQL_COLUMN_UNKNOWN: { domain: 'user', retry: false, message: 'no column of that name' },
  SQL_TABLE_AMBIGUOUS: { domain: 'user', retry: false, message: 'two tables of one FROM have that name' },
  SQL_COLUMN_AMBIGUOUS: { domain: 'user', retry: false, message: 'more than one column has that name' },
  SQL_FUNCTION_UNKNOWN: { domain: 'user', retry: false, message: 'no function of that name' },
  SQL_FUNCTION_EXISTS: { domain: 'user', retry: false, message: 'a function of that name exists already' },
  SQL_FUNCTION_MODULE: { domain: 'user', retry: false, message: 'the module of a user function cannot be loaded' },
  SQL_FUNCTION_EXPORT: { domain: 'user', retry: false, message: 'a module does not export the function, or none of the kind declared' },
  SQL_FUNCTION_SIGNATURE: { domain: 'user', retry: false, message: 'the types of a user function are missing or contradict each other' },
  SQL_ARGUMENTS: { domain: 'user', retry: false, message: 'a function does not take these arguments' },
  SQL_TYPE: { domain: 'user', retry: false, message: 'the types of an expression do not fit' },
  SQL_TYPE_UNKNOWN: { domain: 'user', retry: false, message: 'no data type of that name' },
  SQL_LITERAL: { domain: 'user', retry: false, message: 'a literal cannot be read as its type' },
  SQL_GROUPING: { domain: 'user', retry: false, message: 'a column is neither grouped nor aggregated' },
  SQL_AGGREGATE_MISPLACED: { domain: 'user', retry: false, message: 'an aggregate function stands where none is allowed' },
  SQL_TIME: { domain: 'user', retry: false, message: 'a time attribute is needed there' },
  SQL_WINDOW: { domain: 'user', retry: false, message: 'a window is declared wrongly' },
  SQL_SINK_MISMATCH: { domain: 'user', retry: false, message: 'a query does not fit the table it is inserted into' },
  SQL_CHANGELOG: { domain: 'user', retry: false, message: 'a sink cannot take the changes of a query' },
  SQL_UNBOUNDED: { domain: 'user', retry: false, message: 'a query would need all of an unbounded input' },
  SQL_PARAMETER_MISSING: { domain: 'user', retry: false, message: 'a ${parameter} of the SQL text has no value' },
  SQL_TOO_COMPLEX: { domain: 'user', retry: false, message: 'the SQL text exceeds a limit of length or nesting' },

  // options and usage
  OPTION_UNKNOWN: { domain: 'user', retry: false, message: 'no option of that name' },
  OPTION_INVALID: { domain: 'user', retry: false, message: 'an option has an impossible value' },
  OPTION_MISSING: { domain: 'user', retry: false, message: 'a required option is missing' },
  CONNECTOR_UNKNOWN: { domain: 'user', retry: false, message: 'no connector of that name' },
  CONNECTOR_INVALID: { domain: 'user', retry: false, message: 'a module does not export a usable connector' },
  PATH_OUTSIDE: { domain: 'user', retry: false, message: 'a path leads out of the directory to which the job is confined' },
  MODULE_REFUSED: { domain: 'user', retry: false, message: 'a confined job may not load that module' },
  CONNECTOR_DIRECTION: { domain: 'user', retry: false, message: 'a connector cannot be used in this direction' },
  USAGE: { domain: 'user', retry: false, message: 'the command line is wrong' },

  // data
  ROW_UNDECODABLE: { domain: 'user', retry: false, message: 'a record cannot be decoded' },
  ROW_TOO_LONG: { domain: 'user', retry: false, message: 'a record is longer than the limit' },
  ROW_UNENCODABLE: { domain: 'user', retry: false, message: 'a row cannot be written in the format of its sink' },
  NUMERIC_OVERFLOW: { domain: 'user', retry: false, message: 'a number is out of the range of its type' },
  DIVISION_BY_ZERO: { domain: 'user', retry: false, message: 'division by zero' },
  CAST_FAILED: { domain: 'user', retry: false, message: 'a value cannot be cast to the type asked for' },
  FUNCTION_ARGUMENT: { domain: 'user', retry: false, message: 'a function got a value it has no result for' },
  FUNCTION_FAILED: { domain: 'user', retry: false, message: 'a user function threw an error' },
  FUNCTION_RESULT: { domain: 'user', retry: false, message: 'a user function gave a result that is not of its declared type' },
  FUNCTION_TIMEOUT: { domain: 'user', retry: false, message: 'a user function did not give its result in time' },
  NULL_NOT_ALLOWED: { domain: 'user', retry: false, message: 'NULL in a column declared NOT NULL' },

  // files and other surroundings
  SOURCE_MISSING: { domain: 'user', retry: false, message: 'the source does not exist' },
  SOURCE_UNREADABLE: { domain: 'external', retry: false, message: 'the source cannot be read' },
  SOURCE_UNAVAILABLE: { domain: 'external', retry: true, message: 'the source does not answer' },
  SOURCE_CORRUPT: { domain: 'user', retry: false, message: 'the source is damaged' },
  SINK_UNWRITABLE: { domain: 'external', retry: false, message: 'the sink cannot be written' },
  SCHEMA_UNAVAILABLE: { domain: 'external', retry: true, message: 'a schema registry does not answer' },
  SCHEMA_REFUSED: { domain: 'user', retry: false, message: 'a schema registry does not know a schema, or does not take it' },
  SINK_EXISTS: { domain: 'user', retry: false, message: 'the sink holds something already' },

  // Kafka
  KAFKA_UNAVAILABLE: { domain: 'external', retry: true, message: 'no Kafka broker that is needed answers' },
  KAFKA_TOPIC_MISSING: { domain: 'user', retry: false, message: 'the Kafka topic or partition does not exist' },
  KAFKA_AUTHENTICATION: { domain: 'user', retry: false, message: 'the Kafka broker does not accept the user, the password or the certificate' },
  KAFKA_AUTHORIZATION: { domain: 'user', retry: false, message: 'the Kafka broker does not allow the user to do that' },
  KAFKA_PROTOCOL: { domain: 'external', retry: false, message: 'a Kafka broker refuses a request or gives an answer that cannot be understood' },
  KAFKA_FENCED: { domain: 'external', retry: true, message: 'another process has taken over the Kafka partitions or transactions of this one' },
  KAFKA_TRANSACTION_LOST: { domain: 'external', retry: false, message: 'a Kafka transaction that a checkpoint counts on is gone' },
  KAFKA_OFFSET_GONE: { domain: 'user', retry: false, message: 'the Kafka topic no longer holds the offset at which the job goes on' },
  KAFKA_GROUP: { domain: 'user', retry: false, message: 'the Kafka consumer group has members that do not fit together' },

  // the job
  STATE_LIMIT: { domain: 'user', retry: false, message: 'the state of an operator exceeds its limit' },
  STATE_STORE_MISSING: { domain: 'user', retry: false, message: 'the package that keeps state beyond memory is not there' },
  STATE_STORE_FAILED: { domain: 'external', retry: true, message: 'state beyond memory cannot be written or read' },
  RESTORE_MISMATCH: { domain: 'user', retry: false, message: 'a snapshot does not fit the job that is to go on from it' },
  CHECKPOINT_UNWRITABLE: { domain: 'external', retry: true, message: 'a checkpoint cannot be stored' },
  CHECKPOINT_UNREADABLE: { domain: 'external', retry: true, message: 'the checkpoints cannot be read' },
  CHECKPOINT_CORRUPT: { domain: 'user', retry: false, message: 'no checkpoint is whole' },
  CHECKPOINT_FORMAT: { domain: 'user', retry: false, message: 'a checkpoint was written by a version that this one cannot read' },
  CHECKPOINT_EXISTS: { domain: 'user', retry: false, message: 'the checkpoints of an unfinished job are there already' },
  CHECKPOINT_TAKEN: { domain: 'user', retry: false, message: 'another run of the job goes on with its checkpoints' },
  CHECKPOINT_TIMEOUT: { domain: 'external', retry: true, message: 'a checkpoint was not complete in time' },
  SUBQUERY_ROWS: { domain: 'user', retry: false, message: 'a scalar sub-query gave more than one row' },
  WORKER_LOST: { domain: 'external', retry: true, message: 'a worker thread ended unexpectedly' },
  WORKER_STUCK: { domain: 'external', retry: true, message: 'a worker thread did not come back in time' },
  JOB_CANCELLED: { domain: 'user', retry: false, message: 'the job was stopped before its end' },
  EXCHANGE_TOO_LARGE: { domain: 'user', retry: false, message: 'a row is larger than an exchange ring' },
  INTERNAL: { domain: 'internal', retry: false, message: 'Millrace broke one of its own rules' },
} as const

export type ErrorCode = keyof typeof ERRORS

/** Where in a SQL text something is: offsets are UTF-16 units from its start, `end` exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * The one error class. `details` is structured-cloneable, so an error crosses threads with {@link toPlainError} and
 * {@link fromPlainError} and loses nothing but its prototype's methods.
 */
export class MillraceError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'MillraceError'
    this.code = code
    this.details = details
  }

  get domain(): ErrorDomain {
    return ERRORS[this.code].domain
  }

  /** Whether trying again unchanged may succeed: as the code has it, unless what happened is known better. */
  get retry(): boolean {
    return this.details.retry ?? ERRORS[this.code].retry
  }
}

export interface ErrorDetails {
  /** Place in the SQL text; the compiler resolves it to file:line:column. */
  readonly span?: Span
  /** `file:line:column`, once known. */
  readonly place?: string
  /** The source line and a caret under the place, ready to print. */
  readonly excerpt?: string
  /** Table, split and position of the row at fault. */
  readonly source?: string
  readonly split?: string
  readonly position?: unknown
  /** Where it is known better than by the code: a full disk may have room again, a missing permission does not come by itself. */
  readonly retry?: boolean
  /** Operator of the plan in which it happened. */
  readonly operator?: string
  /** Names that would have been valid, and the nearest of them. */
  readonly alternatives?: readonly string[]
  readonly suggestion?: string
  readonly [key: string]: unknown
}

export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: ErrorDetails
  readonly stack?: string | undefined
}

export function toPlainError(error: unknown): PlainError {
  if (error instanceof MillraceError) return { code: error.code, message: error.message, details: error.details, stack: error.stack }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL', message, details: {}, stack: error instanceof Error ? error.stack : undefined }
}

export function fromPlainError(plain: PlainError): MillraceError {
  const error = new MillraceError(plain.code, plain.message, plain.details)
  if (plain.stack !== undefined) error.stack = plain.stack
  return error
}

/** States a rule that cannot be broken unless Millrace itself is wrong. Stays on in production. */
export function assert(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new MillraceError('INTERNAL', `broken rule: ${rule}`)
}

/** Ends every `switch` over a closed union. */
export function unreachable(value: never): never {
  throw new MillraceError('INTERNAL', `no case for ${JSON.stringify(value)}`)
}

/** The nearest of `names` to `name` by edit distance, if it is near enough to be a typo. */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined
  // Of a single letter nothing would be left.
  let bestDistance = Math.min(name.length, Math.max(1, Math.floor(name.length / 3)) + 1)
  const wanted = name.toLowerCase()
  for (const candidate of names) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein distance with adjacent transpositions, given up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let d = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, beforeLast[j - 2]! + 1)
      row.push(d)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
