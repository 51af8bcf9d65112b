import type { OptionTable, ReaderContext, ScanSpec, TableDefinition } from '../../connector.js'
import { MillraceError } from '../../errors.js'
import { typeName } from '../../types/data-type.js'
import type { FormatOptions, MessageDecoder, RecordDecoder, RecordFormat } from '../format.js'
import { LineFraming } from '../record-framing.js'
import { RecordBlockDecoder, RecordMessageDecoder } from '../record-decoders.js'
import { RawEncoder } from './raw-encoder.js'
import { rawRows } from './raw-rows.js'

const OPTIONS: OptionTable = {
  'raw.endianness': {
    type: 'string', values: ['big-endian', 'little-endian'], default: 'big-endian', doc: 'Which byte of a number comes first.',
  },
  'raw.charset': { type: 'string', default: 'UTF-8', doc: 'How a STRING is written; UTF-8 alone.' },
}

/** Types that are a record by themselves. */
const KINDS: ReadonlySet<string> = new Set(['STRING', 'BYTES', 'BOOLEAN', 'TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE'])

/**
 * A record is the value of one column: a text, bytes, or a number of as many bytes as its type has. In a file a record is a line, which
 * suits texts.
 */
export const rawFormat: RecordFormat = {
  name: 'raw',
  options: OPTIONS,
  extension: 'txt',

  check(table: TableDefinition): void {
    const columns = table.columns.filter(({ metadata }) => metadata === null)
    const [column] = columns
    if (column === undefined || columns.length !== 1) {
      throw new MillraceError('SQL_UNSUPPORTED',
        `table \`${table.name}\`: the format raw is one column, and here are ${columns.length}: declare one, and take parts of it in SQL`)
    }
    if (!KINDS.has(column.type.kind)) {
      throw new MillraceError('SQL_UNSUPPORTED',
        `column \`${column.name}\`: raw holds no ${typeName(column.type)}; declare it STRING or BYTES and cast it`)
    }
    const charset = table.options['raw.charset']
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
      throw new MillraceError('SQL_UNSUPPORTED', `'raw.charset' = '${charset}': only UTF-8 is read; take other texts as BYTES`)
    }
  },

  framing: () => new LineFraming(0),

  decoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): RecordDecoder {
    return new RecordBlockDecoder(scan, context, rawRows(scan, isLittleEndian(options)), new LineFraming(0))
  },

  messageDecoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): MessageDecoder {
    return new RecordMessageDecoder(scan, context, rawRows(scan, isLittleEndian(options)))
  },

  encoder: (schema, options) => new RawEncoder(schema[0]!, isLittleEndian(options), options['record.borders'] === 'newlines'),
}

function isLittleEndian(options: FormatOptions): boolean {
  return options['raw.endianness']?.toLowerCase() === 'little-endian'
}
