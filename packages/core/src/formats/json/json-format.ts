import type { OptionTable, ReaderContext, ScanSpec, TableDefinition } from '../../connector.js'
import { MillraceError } from '../../errors.js'
import { BlockRowDecoder } from '../block-row-decoder.js'
import type { FormatOptions, MessageDecoder, RecordDecoder, RecordFormat } from '../format.js'
import { MessageRowDecoder } from '../message-row-decoder.js'
import { LineFraming } from '../record-framing.js'
import { RowAssembler } from '../row-assembler.js'
import { checkTextTypes, scanFieldsOf } from '../scan-field.js'
import { jsonProgramOf } from './generated-json-decoder.js'
import { JsonEncoder } from './json-encoder.js'
import { learnJsonLayout, learnMessageLayout } from './json-layout.js'
import { unescapeJson } from './json-walk.js'
import { JsonWalker } from './json-walker.js'
import { lookup } from '../../lookup.js'

const OPTIONS: OptionTable = {
  'json.timestamp-unit': {
    type: 'string', values: ['s', 'ms', 'us', 'ns'], default: 'ms', doc: 'What a timestamp given as a number counts since 1970-01-01 UTC.',
  },
}

/** By unit: 10^scale microseconds. */
const UNIT_SCALES: Readonly<Record<string, number>> = lookup({ s: 6, ms: 3, us: 0, ns: -3 })

/**
 * JSON, one object a line or a message. A column takes the field of exactly its name; a missing field is NULL, an unknown one is
 * ignored, of duplicates the last one counts. Numbers may also stand in strings; a STRING column takes any value,
 * a number or an object as its JSON text. Fields that the query does not use, and all other fields of a row that the
 * filter drops, are skipped by their structure and not validated. Blank lines are skipped; an empty
 * message is no object.
 */
export const jsonFormat: RecordFormat = {
  name: 'json',
  options: OPTIONS,
  extension: 'ndjson',
  writesKinds: true,

  check(table: TableDefinition): void {
    unitScaleOf(table.options)
    checkTextTypes(table.columns, 'json')
  },

  framing: () => new LineFraming(0),

  decoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): RecordDecoder {
    const rows = assemblerOf(scan, context, options)
    return new BlockRowDecoder(scan, context, new LineFraming(0), new JsonWalker(rows), rows, (bytes, start, limit) => {
      const layout = learnJsonLayout(bytes, start, limit)
      return layout === null ? null : jsonProgramOf(rows, layout, 'newlines')
    })
  },

  messageDecoder(scan: ScanSpec, context: ReaderContext, options: FormatOptions): MessageDecoder {
    const rows = assemblerOf(scan, context, options)
    return new MessageRowDecoder(scan, context, new JsonWalker(rows), rows, (messages, from) => {
      const layout = learnMessageLayout(messages, from)
      return layout === null ? null : jsonProgramOf(rows, layout, 'bounds')
    })
  },

  encoder: (schema, _options, changelog = false) => new JsonEncoder(schema, changelog),
}

function assemblerOf(scan: ScanSpec, context: ReaderContext, options: FormatOptions): RowAssembler {
  return new RowAssembler(scanFieldsOf(scan, context, unitScaleOf(options)), scan.filter, unescapeJson)
}

/** @throws MillraceError OPTION_INVALID */
export function unitScaleOf(options: FormatOptions, option = 'json.timestamp-unit'): number {
  const unit = options[option] ?? 'ms'
  const scale = UNIT_SCALES[unit.toLowerCase()]
  if (scale === undefined) {
    const alternatives = Object.keys(UNIT_SCALES)
    throw new MillraceError('OPTION_INVALID', `'${option}' = '${unit}': one of ${alternatives.join(', ')}`, { alternatives })
  }
  return scale
}
