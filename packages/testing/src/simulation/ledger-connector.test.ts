import { BIGINT, type RowKind, STRING } from '@millrace/core'
import { describeWriter } from '../contract.js'
import { foldChanges } from '../fold-changes.js'
import { tableOf } from '../table.js'
import { ledgerConnector } from './ledger-connector.js'

const ledger = ledgerConnector()
const changes = [['a', 1n], ['b', 2n], ['c', 3n], ['d', 4n], ['a', 1n]].map((values) => ({ kind: 0 as RowKind, values }))
let tables = 0

describeWriter(ledger, [{
  title: 'with transactions',
  make: () => {
    const table = tableOf(`t${++tables}`, 'ledger', { name: STRING, n: BIGINT })
    return {
      table, changes,
      visible: async () => foldChanges(ledger.tables.get(table.name)?.changes ?? [], table.columns),
    }
  },
}])
