import { STRING, type Value } from '../../types/data-type.js'
import { resolveScalar } from '../catalogue.js'
import type { FunctionContext } from '../function.js'
import { TEXT } from '../signature.js'
import { tableOverload } from './define-table.js'
import type { TableCall, TableFunction, TableOverload } from './table-function.js'

/** The elements of what a scalar function of two texts gives, one a row. */
function elementsOf(scalar: string): TableOverload {
  return tableOverload({
    args: [TEXT, TEXT], columns: [{ name: 'value', type: STRING, nullable: false }],
    make: (_, context) => rowsOf(scalar, context),
  })
}

function rowsOf(scalar: string, context: FunctionContext): TableCall {
  const { overload, types } = resolveScalar(scalar, [STRING, STRING])
  const split = overload.implement(types, context)
  const row: Value[] = [null]
  return ([text, separator], emit) => {
    for (const part of split(text, separator) as readonly Value[]) {
      row[0] = part
      emit(row)
    }
  }
}

export const split: TableFunction = {
  name: 'split', aliases: ['string_split', 'split_to_table'], doc: 'The parts of a text cut at a separator.', overloads: [elementsOf('split')],
}

export const regexpSplit: TableFunction = {
  name: 'regexp_split_to_table', aliases: ['regexp_split'], doc: 'The parts of a text between the matches of a regular expression.',
  overloads: [elementsOf('regexp_split')],
}
