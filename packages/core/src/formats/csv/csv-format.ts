import type { ReaderContext, ScanSpec, TableColumn, TableDefinition } from '../../connector.js'
import { BlockRowDecoder } from '../block-row-decoder.js'
import type { FormatOptions, MessageDecoder, RecordDecoder, RecordFormat, RecordFraming } from '../format.js'
import { MessageRowDecoder } from '../message-row-decoder.js'
import { LineFraming, QuotedFraming, recordEnd } from '../record-framing.js'
import { RowAssembler } from '../row-assembler.js'
import { checkTextTypes, scanFieldsOf } from '../scan-field.js'
import { CsvEncoder } from './csv-encoder.js'
import type { CsvOptions } from './csv-options.js'
import { CSV_OPTIONS, csvOptionsOf } from './csv-options.js'
import { CsvWalker, columnsByField, undoubleQuotes } from './csv-walker.js'
import { generateCsvDecoder } from './generated-csv-decoder.js'

/** Timestamps given as numbers have no unit here. */
const NO_UNIT = 0

/**
 * CSV as in RFC 4180: fields by position, one for each physical column; a field that begins with a quote ends with one,
 * and holds newlines, delimiters and doubled quotes; quotes elsewhere are ordinary. An empty unquoted field is NULL.
 * Empty lines are skipped, except in a table of one column, where they are an empty field. A message is one record, with or without a
 * line's end; newlines in it stand in quotes.
 */
export const csvFormat: RecordFormat = {
  name: 'csv',
  options: CSV_OPTIONS,
  extension: 'csv',

  check(table: TableDefinition): void {
    csvOptionsOf(table.options)
    checkTextTypes(table.columns, 'csv')
  },

  framing: (options) => framingOf(options),

  decoder(scan: ScanSpec, context: ReaderContext, formatOptions: FormatOptions): RecordDecoder {
    const { options, columns, rows, walker } = partsOf(scan, context, formatOptions)
    return new BlockRowDecoder(scan, context, framingOf(formatOptions), walker, rows, () => generateCsvDecoder(rows, columns, options, 'newlines'))
  },

  messageDecoder(scan: ScanSpec, context: ReaderContext, formatOptions: FormatOptions): MessageDecoder {
    const { options, columns, rows, walker } = partsOf(scan, context, formatOptions)
    const walk = (bytes: Uint8Array, start: number, end: number): boolean => walker.walk(bytes, start, recordEnd(bytes, start, end))
    return new MessageRowDecoder(scan, context, { walk }, rows, () => generateCsvDecoder(rows, columns, options, 'bounds'))
  },

  encoder: (schema, options) => new CsvEncoder(schema, csvOptionsOf(options)),
}

interface CsvParts {
  readonly options: CsvOptions
  readonly columns: readonly number[]
  readonly rows: RowAssembler
  readonly walker: CsvWalker
}

function partsOf(scan: ScanSpec, context: ReaderContext, formatOptions: FormatOptions): CsvParts {
  const options = csvOptionsOf(formatOptions)
  const fields: readonly TableColumn[] = scan.table.columns.filter((column) => column.metadata === null)
  const columns = columnsByField(fields, scan.columns)
  const rows = new RowAssembler(scanFieldsOf(scan, context, NO_UNIT), scan.filter, undoubleQuotes)
  return { options, columns, rows, walker: new CsvWalker(rows, columns, options) }
}

function framingOf(formatOptions: FormatOptions): RecordFraming {
  const { header, quote, delimiter } = csvOptionsOf(formatOptions)
  return quote === -1 ? new LineFraming(header ? 1 : 0) : new QuotedFraming(header ? 1 : 0, quote, delimiter)
}
