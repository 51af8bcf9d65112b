import { array, BOOLEAN, INT, STRING } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { valueToJsonText } from '../../types/json-value.js'
import { valueToText } from '../../types/value.js'
import type { ResolvedTypes, ScalarFunction, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { compileJsonPath, findJson } from '../json-path.js'
import type { JsonStep } from '../json-path.js'
import { compactJson, elementsOf, jsonAsText, jsonKindAt, jsonString, membersOf, wholeJson } from '../json-text.js'
import type { JsonSlice } from '../json-text.js'
import { memoize } from '../memoize.js'
import { ANY, INTEGER, overload, TEXT } from '../signature.js'

/** JSON kept as text. What is no JSON gives NULL, as does a path that leads nowhere. */

const pathOf = memoize(compileJsonPath)

/** The one value at the end of a path; `null` for none and for several. */
function onlyValue(text: string, path: readonly JsonStep[]): JsonSlice | null {
  const found = findJson(text, path)
  return found !== null && found.length === 1 ? found[0]! : null
}

function isScalar(text: string, slice: JsonSlice): boolean {
  const kind = jsonKindAt(text, slice.start)
  return kind !== 'object' && kind !== 'array'
}

function jsonValue(text: string, path: string): string | null {
  const slice = onlyValue(text, pathOf(path))
  return slice !== null && isScalar(text, slice) ? jsonAsText(text, slice) : null
}

/** With `*` in the path the values found, as an array. */
function jsonQuery(text: string, path: string): string | null {
  const found = findJson(text, pathOf(path))
  if (found === null || found.length === 0) return null
  if (found.length > 1 || path.includes('*')) return `[${found.map((slice) => compactJson(text, slice)).join(',')}]`
  return isScalar(text, found[0]!) ? null : compactJson(text, found[0]!)
}

function asJson(text: string, slice: JsonSlice | null): string | null {
  return slice && compactJson(text, slice)
}

function asText(text: string, slice: JsonSlice | null): string | null {
  return slice && jsonAsText(text, slice)
}

type Read = (text: string, slice: JsonSlice | null) => string | null

/** By path. */
const atPath = (read: Read): ScalarOverload =>
  overload({
    args: [TEXT, TEXT], returns: STRING, nullable: true, call: (text: string, path: string) => read(text, onlyValue(text, pathOf(path))),
  })

/** By key, or by index from 0. */
const atKey = (read: Read): ScalarOverload[] => [
  overload({
    args: [TEXT, INTEGER], returns: STRING, nullable: true,
    call: (text: string, index: number) => read(text, onlyValue(text, [index])),
  }),
  overload({
    args: [TEXT, TEXT], returns: STRING, nullable: true,
    call: (text: string, key: string) => read(text, onlyValue(text, key.startsWith('$.') ? pathOf(key) : [key])),
  }),
]

function arrayLength(text: string, path = '$'): number | null {
  const slice = onlyValue(text, pathOf(path))
  return slice !== null && jsonKindAt(text, slice.start) === 'array' ? elementsOf(text, slice).length : null
}

function keys(text: string, path = '$'): string[] | null {
  const slice = onlyValue(text, pathOf(path))
  return slice !== null && jsonKindAt(text, slice.start) === 'object' ? [...membersOf(text, slice).keys()] : null
}

function unquote(text: string): string {
  const whole = wholeJson(text)
  return whole !== null && jsonKindAt(text, whole.start) === 'string' ? jsonString(text, whole) : text
}

function makeObject({ args }: ResolvedTypes): (...parts: Value[]) => string {
  return (...parts) => {
    const members: string[] = []
    for (let i = 0; i < parts.length; i += 2) {
      const key = parts[i] ?? badArgument('a key of a JSON object cannot be NULL')
      members.push(`${JSON.stringify(valueToText(key, args[i]!))}:${valueToJsonText(parts[i + 1]!, args[i + 1]!)}`)
    }
    return `{${members.join(',')}}`
  }
}

const pairs = (args: readonly DataType[]): readonly DataType[] | null => (args.length % 2 === 0 ? args : null)

export const jsonFunctions: readonly ScalarFunction[] = [
  {
    name: 'json_value', category: 'json', doc: 'A string, number or boolean at a path, as text.',
    overloads: [overload({ args: [TEXT, TEXT], returns: STRING, nullable: true, call: jsonValue })],
  },
  {
    name: 'json_query', category: 'json', doc: 'An object or array at a path, as JSON; where the path has `*` an array of what it finds.',
    overloads: [overload({ args: [TEXT, TEXT], returns: STRING, nullable: true, call: jsonQuery })],
  },
  {
    name: 'json_exists', category: 'json', doc: 'Does the path lead to something (JSON null included)?',
    overloads: [overload({
      args: [TEXT, TEXT], returns: BOOLEAN,
      call: (text: string, path: string) => (findJson(text, pathOf(path)) ?? []).length > 0,
    })],
  },
  { name: 'json_extract', category: 'json', doc: 'What stands at a path, as JSON.', overloads: [atPath(asJson)] },
  {
    name: 'get_json_object', aliases: ['json_extract_string', 'json_extract_scalar'], category: 'json',
    doc: 'What stands at a path, as text: strings without quotes, objects and arrays as JSON.',
    overloads: [atPath(asText)],
  },
  {
    name: '->', category: 'json', doc: 'The value of a key of an object (or at a path `$.a.b`), or of an index (from 0) of an array, as JSON.',
    overloads: atKey(asJson),
  },
  {
    name: '->>', category: 'json', doc: 'The value of a key of an object (or at a path `$.a.b`), or of an index (from 0) of an array, as text.',
    overloads: atKey(asText),
  },
  {
    name: 'is_json', aliases: ['json_valid'], category: 'json', doc: 'Is the text JSON?',
    overloads: [overload({ args: [TEXT], returns: BOOLEAN, call: (text: string) => wholeJson(text) !== null })],
  },
  {
    name: 'json_type', aliases: ['json_typeof'], category: 'json', doc: 'object, array, string, number, boolean or null.',
    overloads: [overload({
      args: [TEXT], returns: STRING, nullable: true,
      call: (text: string) => {
        const whole = wholeJson(text)
        return whole && jsonKindAt(text, whole.start)
      },
    })],
  },
  {
    name: 'json_array_length', aliases: ['json_length'], category: 'json',
    doc: 'Number of elements of a JSON array; NULL where it is none.',
    overloads: [overload({ args: [TEXT, TEXT], optional: 1, returns: INT, nullable: true, call: arrayLength })],
  },
  {
    name: 'json_keys', aliases: ['json_object_keys'], category: 'json', doc: 'The keys of a JSON object; NULL where it is none.',
    overloads: [overload({ args: [TEXT, TEXT], optional: 1, returns: array(STRING), nullable: true, call: keys })],
  },
  {
    name: 'json_object', aliases: ['json_build_object'], category: 'json', doc: 'A JSON object out of keys and values in turn.',
    overloads: [overload({ args: [], rest: ANY, unify: pairs, returns: STRING, nulls: 'custom', make: makeObject })],
  },
  {
    name: 'json_array', aliases: ['json_build_array'], category: 'json', doc: 'A JSON array of the values.',
    overloads: [overload({
      args: [], rest: ANY, returns: STRING, nulls: 'custom',
      make: ({ args }) => (...values: Value[]) => `[${values.map((value, i) => valueToJsonText(value, args[i]!)).join(',')}]`,
    })],
  },
  {
    name: 'to_json', aliases: ['json_string'], category: 'json', doc: 'The value as JSON.',
    overloads: [overload({ args: [ANY], returns: STRING, make: ({ args }) => (value: Value) => valueToJsonText(value, args[0]!) })],
  },
  {
    name: 'json_quote', category: 'json', doc: 'The text as a JSON string.',
    overloads: [overload({ args: [TEXT], returns: STRING, call: (text: string) => JSON.stringify(text) })],
  },
  {
    name: 'json_unquote', category: 'json', doc: 'The text of a JSON string; anything else as it is.',
    overloads: [overload({ args: [TEXT], returns: STRING, call: unquote })],
  },
]
