import { BIGINT, DOUBLE, STRING, timestamp } from '@millrace/core'
import { tableOf } from '@millrace/testing'
import { describeReader } from '@millrace/testing/contract'
import { connector } from './index.js'

const START_MICROS = Date.UTC(2026, 0, 1) * 1_000
const options = {
  'number-of-rows': '300', 'fields.id.kind': 'sequence', 'fields.id.start': '5',
  'fields.at.kind': 'sequence', 'fields.at.step': '250ms', 'fields.color.values': 'red',
}
const columns = { id: BIGINT, at: timestamp(3), color: STRING }

describeReader(connector, [
  {
    title: 'sequences and a list of values',
    make: () => ({
      table: tableOf('t', 'datagen', columns, options),
      rows: Array.from({ length: 300 }, (_, i) => [BigInt(i + 5), START_MICROS + i * 250_000, 'red']),
      refused: [
        { table: tableOf('t', 'datagen', columns, { ...options, 'fields.colour.values': 'red' }), code: 'OPTION_INVALID' },
        { table: tableOf('t', 'datagen', columns, { ...options, 'fields.id.stp': '2' }), code: 'OPTION_UNKNOWN' },
      ],
    }),
  },
  {
    title: 'no rows',
    make: () => ({ table: tableOf('t', 'datagen', { d: DOUBLE }, { 'number-of-rows': '0' }), rows: [] }),
  },
])
