import { BIGINT, DOUBLE, INSERT, STRING, timestamp } from '@millrace/core'
import type { RowKind, Value } from '@millrace/core'
import { describeReader } from './describe-reader.js'
import { describeWriter } from './describe-writer.js'
import { memoryConnector } from './memory-connector.js'
import { tableOf } from './table.js'

const columns = { user: STRING, amount: BIGINT, price: DOUBLE, at: timestamp(3) }
const rows: Value[][] = Array.from({ length: 23 }, (_, i) => [
  i % 7 === 0 ? null : `user ${i % 5}`, i % 4 === 0 ? BigInt(i) * 10n ** 15n : BigInt(-i), i % 6 === 0 ? NaN : i / 8, 1_767_225_600_000_000 + i * 1_000_000,
])

const connector = memoryConnector({
  tables: { one: { rows }, five: { rows, splits: 5, filters: true }, more: { rows: rows.slice(0, 3), splits: 8, filters: true }, empty: { rows: [] } },
})

describeReader(connector, [
  { title: 'one split', make: () => ({ table: tableOf('one', 'memory', columns), rows, refused: [{ table: tableOf('none', 'memory', columns), code: 'SOURCE_MISSING' }] }) },
  { title: 'five splits, filtering', make: () => ({ table: tableOf('five', 'memory', columns), rows }) },
  { title: 'more splits than rows', make: () => ({ table: tableOf('more', 'memory', columns), rows: rows.slice(0, 3) }) },
  { title: 'no rows', make: () => ({ table: tableOf('empty', 'memory', columns), rows: [] }) },
])

let tables = 0

describeWriter(connector, [{
  title: 'rows',
  make: () => {
    const table = tableOf(`written ${++tables}`, 'memory', columns)
    return { table, changes: rows.map((values) => ({ kind: INSERT as RowKind, values })), visible: async () => connector.written(table.name).map(({ values }) => values) }
  },
}])
