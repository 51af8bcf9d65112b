import type { BlockDecoder, OptionTable, ReaderContext, ScanSpec, TableDefinition } from '../connector.js'
import { MillraceError, nearestName } from '../errors.js'
import type { Batch } from '../types/batch.js'
import type { Schema } from '../types/data-type.js'
import type { ByteBuffer } from './byte-buffer.js'
import { csvFormat } from './csv/csv-format.js'
import { jsonFormat } from './json/json-format.js'
import type { Messages } from './messages.js'
import { lookup } from '../lookup.js'

/**
 * How records are written as bytes. A format knows nothing of files or topics: connectors give it blocks of whole
 * records and take encoded rows from it.
 */
export interface RecordFormat {
  readonly name: string
  /** Its options, all named `<format>.…`; a connector adds them to its own. */
  readonly options: OptionTable
  /** What files of it are called, without the dot: `ndjson`. */
  readonly extension: string

  /**
   * Checks options and column types. Called while planning.
   *
   * @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED for a type that the format cannot hold
   */
  check(table: TableDefinition): void

  /** Where one record ends and the next begins. */
  framing(options: FormatOptions): RecordFraming

  /** A decoder of blocks of whole records, made once for a scan and used for all its splits. */
  decoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): RecordDecoder

  /** A decoder of records given by their bounds, such as the values of messages. Made and used like the other. */
  messageDecoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): MessageDecoder

  /** An encoder of rows of `schema`. @param changelog true: the kind of each row is written too (`op`), where the format can */
  encoder(schema: Schema, options: FormatOptions, changelog?: boolean): RecordEncoder
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
  /** What stands before the first row of a file; empty for most. */
  header(): Uint8Array
  /**
   * Appends rows `from … to − 1` of a batch.
   * @throws MillraceError ROW_UNENCODABLE
   */
  encode(batch: Batch, from: number, to: number, into: ByteBuffer): void
}

const FORMATS: readonly RecordFormat[] = [jsonFormat, csvFormat]

/** Formats that are known by name but not to be had yet, with what to do instead. */
const REFUSED: Readonly<Record<string, string>> = lookup({
  parquet: 'write the data as json or csv (gzip or zstd compressed if it is large), for example with DuckDB: COPY … TO \'data.ndjson\'',
  avro: 'use json', 'avro-confluent': 'use json', protobuf: 'use json', 'debezium-json': 'use json', raw: 'use json or csv',
})

export const FORMAT_NAMES: readonly string[] = FORMATS.map((format) => format.name)

/** The options of every format, for a connector that takes all of them. */
export const FORMAT_OPTIONS: OptionTable = Object.assign({}, ...FORMATS.map((format) => format.options)) as OptionTable

/**
 * The format of that name; `ndjson` is another name of `json`.
 * @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED
 */
export function formatOf(name: string): RecordFormat {
  const wanted = name.toLowerCase() === 'ndjson' ? 'json' : name.toLowerCase()
  const format = FORMATS.find((candidate) => candidate.name === wanted)
  if (format !== undefined) return format
  const instead = REFUSED[wanted]
  if (instead !== undefined) throw new MillraceError('SQL_UNSUPPORTED', `the format \`${name}\` is not supported yet: ${instead}`)
  const suggestion = nearestName(wanted, FORMAT_NAMES)
  throw new MillraceError('OPTION_INVALID', `no format \`${name}\`; formats: ${FORMAT_NAMES.join(', ')}`,
    { alternatives: FORMAT_NAMES, ...(suggestion === undefined ? {} : { suggestion }) })
}
