import type { BlockDecoder, OptionTable, ReaderContext, ScanSpec, TableDefinition } from '../connector.js'
import type { Batch } from '../types/batch.js'
import type { Field, Schema } from '../types/data-type.js'
import type { ByteBuffer } from './byte-buffer.js'
import type { Messages } from './messages.js'

/**
 * How records are written as bytes. A format knows nothing of files or topics: connectors give it records and take encoded rows from it.
 *
 * SQL finds one by name (`'format' = 'avro'`): built in, else `@millrace/NAME` or `millrace-format-NAME`, else a module specifier; a module
 * exports `formats: readonly RecordFormat[]`, and `'./mine.js#name'` names one of several. See `format-registry.ts`.
 */
export interface RecordFormat {
  readonly name: string
  /** Its options, all named `<format>.…`. The planner adds them to those of whatever connector names the format. */
  readonly options: OptionTable
  /** What files of it are called, without the dot: `ndjson`. */
  readonly extension: string
  /** True if a record says what it does to rows, so that reading gives a changelog with row kinds (`debezium-json`). Left out: no. */
  readonly readsKinds?: boolean
  /** True if an encoder that is told `changelog` writes row kinds, so that a sink of it takes any changes. Left out: no. */
  readonly writesKinds?: boolean
  /** Metadata keys that it takes out of a record, with their types; columns of its decoder then have them in `metadata`. */
  readonly metadata?: Readonly<Record<string, Field>>

  /**
   * Checks options and column types. Called while planning, and may read the files that options name.
   *
   * @throws MillraceError OPTION_INVALID, OPTION_MISSING, SQL_UNSUPPORTED for a type that the format cannot hold
   */
  check(table: TableDefinition): void

  /**
   * A decoder of records given by their bounds, such as the values of messages, made once for a scan and used for all its splits. The one
   * way of reading that every format has: `RecordMessageDecoder` makes it of what decodes one record.
   */
  messageDecoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): MessageDecoder

  /** Where one record ends and the next begins in a file. Left out, with `decoder`: only messages hold such records. */
  framing?(options: FormatOptions): RecordFraming

  /** A decoder of blocks of whole records, made and used like the other. */
  decoder?(scan: ScanSpec, context: ReaderContext, options: FormatOptions): RecordDecoder

  /**
   * An encoder of rows of `schema`.
   * @param changelog true: the kind of each row is written too (`op`), where the format can
   * @param table where the rows go: the encoder may need files that its options name
   */
  encoder(schema: Schema, options: FormatOptions, changelog?: boolean, table?: TableDefinition): RecordEncoder
}

/** The options of a table; a format reads its own (`csv.delimiter`) and ignores the rest. */
export type FormatOptions = Readonly<Record<string, string>>

/** A {@link BlockDecoder} that says how far it has come, so that a reader can give a position in the middle of a block. */
export interface RecordDecoder extends BlockDecoder {
  /** Bytes of the block up to the end of the last record of the last batch: decoded, filtered or failed. */
  readonly consumed: number
}

/**
 * Decodes records given by their bounds, without copying them. The filter of the scan is applied exactly, a message that cannot be decoded is
 * reported to `context.rowFailed`, and whatever a message gives (a row, none, or several in a changelog), `messageOfRow` says what came
 * from where, so that a connector can put columns of its own beside the decoded ones.
 */
export interface MessageDecoder {
  /** Starts on messages, which stay valid and unchanged until all are consumed. */
  begin(messages: Messages, splitId: string): void
  /**
   * The next batch, valid until the next call; or null when all messages are consumed, or, with fewer consumed, when something must come
   * first that is under way (the schema of a message): ask again later.
   */
  decode(): Batch | null
  /** Of the present messages so many are done, from the first on: decoded, filtered or failed, and all their rows returned. */
  readonly consumed: number
  /** By row of the last batch: the number of the message that it came from. Never descends. */
  readonly messageOfRow: Int32Array
}

export interface RecordFraming {
  /** Records at the start of a file that are not rows: 1 where there is a header. */
  readonly headerRecords: number
  /** The byte that can hide record borders (a quote), or −1: then each newline is one. */
  readonly quote: number

  /**
   * The start of the record after the one that starts at `start`.
   * @returns `limit` or less, or −1 if the record has not ended before `limit`
   */
  next(bytes: Uint8Array, start: number, limit: number): number

  /** The last record border in `start … limit`, `start` being one. */
  last(bytes: Uint8Array, start: number, limit: number): number

  /** A scan over the whole of a source in pieces that finds borders which a quote may hide. */
  scanner(): BorderScanner
}

/** Finds the first record border at or after given offsets; the bytes come piece by piece, from the source's start. */
export interface BorderScanner {
  /**
   * Takes the next piece and looks for the first border at or after `target` (an offset in the source).
   * @returns the border's offset in the source, or −1 if it is not in this piece; call again with the same piece for
   *   the next target
   */
  find(piece: Uint8Array, pieceOffset: number, target: number): number
}

export interface RecordEncoder {
  /**
   * Fetches what the encoder needs before its first row (the id of a schema). A writer awaits it when it opens.
   * @throws MillraceError SCHEMA_UNAVAILABLE, SCHEMA_REFUSED
   */
  open?(): Promise<void>
  /** What stands before the first row of a file; empty for most. */
  header(): Uint8Array
  /** How many bytes at the end of each encoded row only part it from the next (1: a newline). A message is sent without them. Left out: 1. */
  readonly separatorBytes?: number
  /** Whether a row is no bytes but none at all (NULL in `raw`): a message then has no key, or no value, and it is not encoded. Left out: never. */
  isNull?(batch: Batch, row: number): boolean
  /**
   * Appends rows `from … to − 1` of a batch.
   * @throws MillraceError ROW_UNENCODABLE
   */
  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void
}
