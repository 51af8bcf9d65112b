import type { ScanSpec } from '../../connector.js'
import { NARROW_MAX } from '../../limits.js'
import { typeName } from '../../types/data-type.js'
import { undecodable } from '../record-fault.js'
import type { RowsOfRecord } from '../record-decoders.js'
import { sizeOfNumber } from './number-size.js'

/** A row of the one column, or of none where the query has no use for it. */
export function rawRows(scan: ScanSpec, littleEndian: boolean): RowsOfRecord {
  const column = scan.columns[0]
  if (column === undefined) return { rowsPerRecord: 1, decode: (_bytes, _start, _end, rows) => rows.end() }
  const { type, name } = column
  switch (type.kind) {
    case 'STRING': return {
      rowsPerRecord: 1,
      decode(_bytes, start, end, rows) {
        rows.putText(0, start, end)
        rows.end()
      },
    }
    case 'BYTES': return {
      rowsPerRecord: 1,
      decode(bytes, start, end, rows) {
        rows.putValue(0, bytes.slice(start, end))
        rows.end()
      },
    }
    default: {
      const size = sizeOfNumber(type)
      return {
        rowsPerRecord: 1,
        decode(_bytes, start, end, rows) {
          if (end - start !== size) {
            throw undecodable(`column \`${name}\`: a raw ${typeName(type)} is ${size} bytes, and the record has ${end - start}`)
          }
          rows.putNumber(0, numberAt(rows.view, start, type.kind, littleEndian))
          rows.end()
        },
      }
    }
  }
}

function numberAt(view: DataView, at: number, kind: string, littleEndian: boolean): number | bigint {
  switch (kind) {
    case 'BOOLEAN': return view.getUint8(at) === 0 ? 0 : 1
    case 'TINYINT': return view.getInt8(at)
    case 'SMALLINT': return view.getInt16(at, littleEndian)
    case 'INT': return view.getInt32(at, littleEndian)
    case 'FLOAT': return view.getFloat32(at, littleEndian)
    case 'DOUBLE': return view.getFloat64(at, littleEndian)
    default: {
      const value = view.getBigInt64(at, littleEndian)
      const number = Number(value)
      return Math.abs(number) <= NARROW_MAX ? number : value
    }
  }
}
