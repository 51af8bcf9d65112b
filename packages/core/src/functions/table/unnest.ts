import { NULL } from '../../types/data-type.js'
import type { DataType, Field, Value } from '../../types/data-type.js'
import { ARRAY, MAP } from '../signature.js'
import { tableOverload } from './define-table.js'
import type { TableFunction } from './table-function.js'

/** Fields of a ROW become columns, anything else is one column. */
function columnsOfElement(element: DataType): readonly Field[] {
  if (element.kind !== 'ROW') return [{ name: 'unnest', type: element, nullable: true }]
  return element.fields.map(({ name, type }) => ({ name, type, nullable: true }))
}

function elementOf(type: DataType): DataType {
  return type.kind === 'ARRAY' ? type.element : NULL
}

const ofRows = (width: number) => {
  const nothing: readonly Value[] = Array.from({ length: width }, () => null)
  return ([list]: readonly Value[], emit: (row: readonly Value[]) => void): void => {
    for (const row of list as readonly (readonly Value[] | null)[]) emit(row ?? nothing)
  }
}

function ofValues([list]: readonly Value[], emit: (row: readonly Value[]) => void): void {
  const row: Value[] = [null]
  for (const value of list as readonly Value[]) {
    row[0] = value
    emit(row)
  }
}

export const unnest: TableFunction = {
  name: 'unnest', aliases: ['explode'], doc: 'A row for each element of an array (the fields of a ROW become columns) or entry of a map.',
  overloads: [
    tableOverload({
      args: [ARRAY],
      columns: ([list]) => (elementOf(list!).kind === 'NULL' ? null : columnsOfElement(elementOf(list!))), columnsLabel: 'unnest element',
      make: ({ args }) => {
        const element = elementOf(args[0]!)
        return element.kind === 'ROW' ? ofRows(element.fields.length) : ofValues
      },
    }),
    tableOverload({
      args: [MAP],
      columns: ([entries]) => (entries!.kind !== 'MAP' ? null : [
        { name: 'key', type: entries!.key, nullable: false }, { name: 'value', type: entries!.value, nullable: true },
      ]),
      columnsLabel: 'key, value',
      make: () => ([entries], emit) => {
        for (const entry of entries as ReadonlyMap<Value, Value>) emit(entry)
      },
    }),
  ],
}
