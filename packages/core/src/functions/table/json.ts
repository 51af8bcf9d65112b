import { STRING, type Value } from '../../types/data-type.js'
import { compactJson, elementsOf, jsonAsText, jsonKindAt, membersOf, wholeJson } from '../json-text.js'
import { TEXT } from '../signature.js'
import { tableOverload } from './define-table.js'
import type { TableCall, TableFunction } from './table-function.js'

/** JSON kept as text. What is no array, or no object, has no elements. */
function elements(read: (text: string, place: { readonly start: number; readonly end: number }) => string | null): TableCall {
  return ([value], emit) => {
    const text = value as string
    const whole = wholeJson(text)
    if (whole === null || jsonKindAt(text, whole.start) !== 'array') return
    const row: Value[] = [null]
    for (const place of elementsOf(text, whole)) {
      row[0] = read(text, place)
      emit(row)
    }
  }
}

const members: TableCall = ([value], emit) => {
  const text = value as string
  const whole = wholeJson(text)
  if (whole === null || jsonKindAt(text, whole.start) !== 'object') return
  for (const [key, place] of membersOf(text, whole)) emit([key, compactJson(text, place)])
}

export const jsonArrayElements: TableFunction = {
  name: 'json_array_elements', doc: 'The elements of a JSON array, each as JSON.',
  overloads: [tableOverload({ args: [TEXT], columns: [{ name: 'value', type: STRING, nullable: false }], make: () => elements(compactJson) })],
}

export const jsonArrayElementsText: TableFunction = {
  name: 'json_array_elements_text', doc: 'The elements of a JSON array, texts without their quotes and null as NULL.',
  overloads: [tableOverload({ args: [TEXT], columns: [{ name: 'value', type: STRING, nullable: true }], make: () => elements(jsonAsText) })],
}

export const jsonEach: TableFunction = {
  name: 'json_each', doc: 'The members of a JSON object: each key, and its value as JSON.',
  overloads: [tableOverload({
    args: [TEXT], columns: [{ name: 'key', type: STRING, nullable: false }, { name: 'value', type: STRING, nullable: false }],
    make: () => members,
  })],
}
