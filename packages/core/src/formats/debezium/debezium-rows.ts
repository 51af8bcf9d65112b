import type { ScanSpec, TableColumn } from '../../connector.js'
import { DELETE, INSERT, UPDATE_AFTER, UPDATE_BEFORE, type RowKind } from '../../types/batch.js'
import { lookup } from '../../lookup.js'
import { JsonMembers } from '../json/json-members.js'
import { jsonValueOf } from '../json/json-values.js'
import { unescapeJson } from '../json/json-walk.js'
import { JsonWalker } from '../json/json-walker.js'
import { NESTED, NOTHING, TEXT } from '../piece-kind.js'
import { shown, undecodable } from '../record-fault.js'
import type { RowsOfRecord } from '../record-decoders.js'
import { RowAssembler } from '../row-assembler.js'
import type { RowBuffers } from '../row-buffers.js'

/** Where each metadata key stands: in the envelope, or in its `source`. */
const PLACES: Readonly<Record<string, { readonly member: string; readonly inSource: boolean }>> = lookup({
  'ingestion-timestamp': { member: 'ts_ms', inSource: false },
  'source.timestamp': { member: 'ts_ms', inSource: true },
  'source.database': { member: 'db', inSource: true },
  'source.schema': { member: 'schema', inSource: true },
  'source.table': { member: 'table', inSource: true },
})

const MILLISECONDS = 3

/** From one record of Debezium to the rows that it adds and takes back. */
export class DebeziumRows implements RowsOfRecord {
  readonly rowsPerRecord = 2
  readonly #columns: readonly TableColumn[]
  readonly #unitScale: number
  readonly #outer = new JsonMembers(['schema', 'payload', 'op', 'before', 'after', 'ts_ms', 'source'])
  readonly #inner = new JsonMembers(['op', 'before', 'after', 'ts_ms', 'source'])
  readonly #source = new JsonMembers(['ts_ms', 'db', 'schema', 'table'])
  readonly #metadata: readonly number[]
  #assembler: RowAssembler | null = null
  #walker: JsonWalker | null = null

  constructor(scan: ScanSpec, unitScale: number) {
    this.#columns = scan.columns
    this.#unitScale = unitScale
    this.#metadata = scan.columns.flatMap(({ metadata }, i) => (metadata === null ? [] : [i]))
  }

  decode(bytes: Uint8Array, start: number, end: number, rows: RowBuffers): void {
    if (isBlank(bytes, start, end)) return
    let envelope = this.#outer
    envelope.find(bytes, start, end)
    if (envelope.has('payload') && !envelope.has('op')) {
      // A tombstone in the envelope.
      if (envelope.kindOf('payload') === NOTHING) return
      const [from, to] = envelope.placeOf('payload')
      envelope = this.#inner
      envelope.find(bytes, from, to)
    }
    if (envelope.kindOf('op') !== TEXT) throw undecodable('the record has no `op`: it is no change as Debezium writes them; read other JSON with \'format\' = \'json\'')
    const [from, to] = envelope.placeOf('op')
    const op = to - from === 3 ? String.fromCharCode(bytes[from + 1]!) : ''
    switch (op) {
      case 'c': case 'r':
        this.#row(envelope, 'after', INSERT, bytes, rows)
        break
      case 'u':
        this.#row(envelope, 'before', UPDATE_BEFORE, bytes, rows)
        this.#row(envelope, 'after', UPDATE_AFTER, bytes, rows)
        break
      case 'd':
        this.#row(envelope, 'before', DELETE, bytes, rows)
        break
      case 'm': return
      case 't': throw undecodable('the table was truncated (`op` "t"), which takes back rows that the record does not tell; read the topic anew from a snapshot')
      default: throw undecodable(`\`op\` is ${shown(bytes, from, to)}, and none of "c", "r", "u", "d"`)
    }
  }

  #row(envelope: JsonMembers, member: 'before' | 'after', kind: RowKind, bytes: Uint8Array, rows: RowBuffers): void {
    if (envelope.kindOf(member) !== NESTED) throw missing(member, kind)
    const assembler = (this.#assembler ??= this.#newAssembler(rows))
    const [from, to] = envelope.placeOf(member)
    this.#walker!.walk(bytes, from, to)
    assembler.assemble(rows.row, bytes, rows.view)
    if (this.#metadata.length > 0) this.#putMetadata(envelope, bytes, rows)
    rows.end(kind)
  }

  /** Of the columns that stand in `before` and `after`. */
  #newAssembler(rows: RowBuffers): RowAssembler {
    const fields = rows.fields.flatMap((field, i) => (this.#columns[i]!.metadata === null ? [{ ...field, unitScale: this.#unitScale }] : []))
    const assembler = new RowAssembler(fields, [], unescapeJson)
    this.#walker = new JsonWalker(assembler)
    return assembler
  }

  #putMetadata(envelope: JsonMembers, bytes: Uint8Array, rows: RowBuffers): void {
    const hasSource = envelope.kindOf('source') === NESTED
    if (hasSource) this.#source.find(bytes, ...envelope.placeOf('source'))
    for (const column of this.#metadata) {
      const { name, type, metadata } = this.#columns[column]!
      const { member, inSource } = PLACES[metadata!] ?? { member: 'source', inSource: false }
      const members = inSource ? this.#source : envelope
      if ((inSource && !hasSource) || members.kindOf(member) === NOTHING) rows.putNull(column)
      else rows.putValue(column, jsonValueOf(name, type, bytes, ...members.placeOf(member), MILLISECONDS))
    }
  }
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let p = start; p < end; p++) if (bytes[p]! > 32) return end - start === 4 && Buffer.from(bytes.subarray(start, end)).toString('latin1') === 'null'
  return true
}

function missing(member: 'before' | 'after', kind: RowKind): unknown {
  if (member === 'after') return undecodable('the change has no row in `after`')
  const what = kind === DELETE ? 'a delete' : 'an update'
  return undecodable(`${what} does not tell the row as it was (\`before\` is missing): have the database log whole rows,`
    + ' with ALTER TABLE … REPLICA IDENTITY FULL in PostgreSQL, binlog_row_image = FULL in MySQL')
}
