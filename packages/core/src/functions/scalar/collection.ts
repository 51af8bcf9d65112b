import { array, BOOLEAN, INT, map, NULL, row, STRING } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { compareValues, equalValues, valueToText } from '../../types/value.js'
import { valueKey } from '../../state/value-key.js'
import { commonType } from '../coercion.js'
import type { ResolvedTypes, ScalarFunction, ScalarOverload } from '../function.js'
import { badArgument } from '../function-error.js'
import { ANY, ARRAY, INTEGER, MAP, overload, ROW, TEXT } from '../signature.js'
import { joinedTexts } from './text-limit.js'

/** Arrays, maps and rows. Elements are equal in the sense of IS NOT DISTINCT FROM; positions count from 1. */

type List = readonly Value[]
type Dictionary = ReadonlyMap<Value, Value>

const elementOf = (type: DataType): DataType => (type.kind === 'ARRAY' ? type.element : NULL)

function unified(types: readonly DataType[]): readonly DataType[] | null {
  const common = commonType(types)
  return common && types.map(() => common)
}

/** An array and an element of it. */
function arrayAndElement(types: readonly DataType[]): readonly DataType[] | null {
  const element = commonType([elementOf(types[0]!), types[1]!])
  return element && [array(element), element, ...types.slice(2)]
}

const firstType = (args: readonly DataType[]): DataType => args[0]!

/** f(array, element) with the equality of its elements. */
type OfElement = (equal: (a: Value, b: Value) => boolean) => (list: List, element: Value) => Value

const withElement = (returns: DataType | null, make: OfElement): ScalarOverload => overload({
  args: [ARRAY, ANY], unify: arrayAndElement, returns: returns ?? firstType, returnsLabel: 'ARRAY', nulls: 'custom', nullable: true,
  make: ({ args }) => {
    const call = make(equalValues(elementOf(args[0]!)))
    return (list: List | null, element: Value) => list && call(list, element)
  },
})

/** f(array, array) with the key of their elements. */
const ofTwo = (returns: DataType | null, call: (a: List, b: List, keyOf: (value: Value) => string) => Value): ScalarOverload => overload({
  args: [ARRAY, ARRAY], unify: unified, returns: returns ?? firstType, returnsLabel: 'ARRAY',
  make: ({ args }) => {
    const type = elementOf(args[0]!)
    return (a: List, b: List) => call(a, b, (value) => valueKey(value, type))
  },
})

function distinct(list: List, keyOf: (value: Value) => string): List {
  const known = new Set<string>()
  return list.filter((value) => known.size < known.add(keyOf(value)).size)
}

function extreme(sign: 1 | -1): ScalarOverload {
  return overload({
    args: [ARRAY], returns: ([a]) => elementOf(a!), returnsLabel: 'element', nullable: true,
    make: ({ returns }) => {
      const compare = compareValues(returns)
      const better = (value: Value, best: Value): boolean => value !== null && (best === null || compare(value, best) * sign > 0)
      return (list: List) => list.reduce<Value>((best, value) => (better(value, best) ? value : best), null)
    },
  })
}

function sortArray({ args }: ResolvedTypes): (list: List, ascending?: boolean) => Value {
  const compare = compareValues(elementOf(args[0]!))
  return (list, ascending = true) => [...list].sort(ascending ? compare : (a, b) => compare(b, a))
}

function slice(list: List, start: number, end?: number): Value {
  const from = start > 0 ? start - 1 : start < 0 ? Math.max(list.length + start, 0) : 0
  const to = end === undefined ? list.length : end >= 0 ? end : list.length + end + 1
  return list.slice(from, Math.max(to, from))
}

function join({ args }: ResolvedTypes): (list: List, separator: string, whenNull?: string) => string {
  const type = elementOf(args[0]!)
  return (list, separator, whenNull) => {
    const texts = list.map((value) => (value === null ? whenNull : valueToText(value, type)))
    return joinedTexts(texts.filter((text) => text !== undefined), separator)
  }
}

const elementAt: readonly ScalarOverload[] = [
  overload({
    args: [{ label: 'ARRAY', accept: (t) => (t.kind === 'ARRAY' ? t : null) }, INTEGER], returns: ([a]) => elementOf(a!),
    returnsLabel: 'element', nullable: true,
    call: (list: List, index: number) =>
      (index === 0 ? badArgument('elements of an array count from 1') : list.at(index > 0 ? index - 1 : index) ?? null),
  }),
  overload({
    args: [MAP, ANY], nullable: true,
    unify: ([m, key]) => {
      const type = m!.kind === 'MAP' ? commonType([m!.key, key!]) : null
      return type && m!.kind === 'MAP' ? [map(type, m!.value), type] : null
    },
    returns: ([m]) => (m!.kind === 'MAP' ? m!.value : NULL), returnsLabel: 'value',
    make: ({ args }) => lookup(args[1]!),
  }),
]

/** Keys that JavaScript compares by value are found at once, the others by comparing. */
function lookup(keyType: DataType): (entries: Dictionary, key: Value) => Value {
  const isObject = keyType.kind === 'BYTES' || keyType.kind === 'ARRAY' || keyType.kind === 'ROW' || keyType.kind === 'MAP'
  if (!isObject) return (entries, key) => entries.get(key) ?? null
  const equal = equalValues(keyType)
  return (entries, key) => [...entries].find(([k]) => equal(k, key))?.[1] ?? null
}

function makeMap({ args }: ResolvedTypes): (...parts: Value[]) => Value {
  const keyType = args[0] ?? NULL
  return (...parts) => mapOf(parts.filter((_, i) => i % 2 === 0), parts.filter((_, i) => i % 2 === 1), keyType)
}

/** A key that stands twice has its last value. */
function mapOf(keys: List, values: List, keyType: DataType): Dictionary {
  const byKey = new Map<string, [Value, Value]>()
  for (const [i, key] of keys.entries()) {
    if (key === null) badArgument('a key of a map cannot be NULL')
    byKey.set(valueKey(key, keyType), [key, values[i]!])
  }
  return new Map(byKey.values())
}

function mapArguments(types: readonly DataType[]): readonly DataType[] | null {
  if (types.length % 2 === 1) return null
  const key = commonType(types.filter((_, i) => i % 2 === 0))
  const value = commonType(types.filter((_, i) => i % 2 === 1))
  return key && value && types.map((_, i) => (i % 2 === 0 ? key : value))
}

const keyOfMap = (type: DataType): DataType => (type.kind === 'MAP' ? type.key : NULL)
const valueOfMap = (type: DataType): DataType => (type.kind === 'MAP' ? type.value : NULL)

export const collections: readonly ScalarFunction[] = [
  {
    name: 'array', category: 'collection', doc: 'An array of the values: ARRAY[a, b, …].',
    overloads: [overload({
      args: [], rest: ANY, returns: (args) => array(args[0] ?? NULL), returnsLabel: 'ARRAY', nulls: 'custom',
      unify: unified,
      call: (...values: Value[]) => values,
    })],
  },
  {
    name: 'map', category: 'collection', doc: 'A map of keys and values in turn: MAP[k, v, …].',
    overloads: [overload({
      args: [], rest: ANY, returns: ([k, v]) => map(k ?? NULL, v ?? NULL), returnsLabel: 'MAP', nulls: 'custom',
      unify: mapArguments,
      make: makeMap,
    })],
  },
  {
    name: 'row', category: 'collection', doc: 'A row of the values: ROW(a, b, …).',
    overloads: [overload({
      args: [ANY], rest: ANY, returns: (args) => row(args.map((type, i) => ({ name: `f${i}`, type }))), returnsLabel: 'ROW',
      nulls: 'custom',
      call: (...values: Value[]) => values,
    })],
  },
  {
    name: 'field', category: 'collection',
    doc: 'A field of a row by its index from 0: what `a.b` becomes. The type of the call is that of the field.',
    overloads: [overload({
      args: [ROW, INTEGER], returns: NULL, returnsLabel: 'field', nullable: true,
      call: (values: List, index: number) => values[index]!,
    })],
  },
  {
    name: 'cardinality', aliases: ['size', 'array_length'], category: 'collection',
    doc: 'Number of elements of an array or entries of a map.',
    overloads: [
      overload({ args: [ARRAY], returns: INT, call: (list: List) => list.length }),
      overload({ args: [MAP], returns: INT, call: (entries: Dictionary) => entries.size }),
    ],
  },
  {
    name: 'element_at', aliases: ['[]'], category: 'collection',
    doc: 'The element at a position (from the end where negative), or the value of a key; NULL where there is none.',
    overloads: elementAt,
  },
  {
    name: 'element', category: 'collection', doc: 'The only element of an array; NULL for an empty one.',
    overloads: [overload({
      args: [ARRAY], returns: ([a]) => elementOf(a!), returnsLabel: 'element', nullable: true,
      call: (list: List) => (list.length > 1 ? badArgument('the array has more than one element') : list[0] ?? null),
    })],
  },
  {
    name: 'array_contains', category: 'collection', doc: 'Does the array hold the element?',
    overloads: [withElement(BOOLEAN, (equal) => (list, element) => list.some((value) => equal(value, element)))],
  },
  {
    name: 'array_position', category: 'collection', doc: 'Where the element first stands; 0 where it does not.',
    overloads: [withElement(INT, (equal) => (list, element) => list.findIndex((value) => equal(value, element)) + 1)],
  },
  {
    name: 'array_remove', category: 'collection', doc: 'The array without every such element.',
    overloads: [withElement(null, (equal) => (list, element) => list.filter((value) => !equal(value, element)))],
  },
  {
    name: 'array_append', category: 'collection', doc: 'The array with one more element at its end.',
    overloads: [withElement(null, () => (list, element) => [...list, element])],
  },
  {
    name: 'array_prepend', category: 'collection', doc: 'The array with one more element at its start.',
    overloads: [withElement(null, () => (list, element) => [element, ...list])],
  },
  {
    name: 'array_concat', aliases: ['array_cat'], category: 'collection', doc: 'The two arrays, one after the other.',
    overloads: [ofTwo(null, (a, b) => [...a, ...b])],
  },
  {
    name: 'array_union', category: 'collection', doc: 'The distinct elements of both.',
    overloads: [ofTwo(null, (a, b, keyOf) => distinct([...a, ...b], keyOf))],
  },
  {
    name: 'array_intersect', category: 'collection', doc: 'The distinct elements that are in both.',
    overloads: [ofTwo(null, (a, b, keyOf) => {
      const others = new Set(b.map(keyOf))
      return distinct(a, keyOf).filter((value) => others.has(keyOf(value)))
    })],
  },
  {
    name: 'array_except', category: 'collection', doc: 'The distinct elements of the first that are not in the second.',
    overloads: [ofTwo(null, (a, b, keyOf) => {
      const others = new Set(b.map(keyOf))
      return distinct(a, keyOf).filter((value) => !others.has(keyOf(value)))
    })],
  },
  {
    name: 'arrays_overlap', category: 'collection', doc: 'Is some element in both?',
    overloads: [ofTwo(BOOLEAN, (a, b, keyOf) => {
      const others = new Set(b.map(keyOf))
      return a.some((value) => others.has(keyOf(value)))
    })],
  },
  {
    name: 'array_distinct', category: 'collection', doc: 'The array with every element once.',
    overloads: [overload({
      args: [ARRAY], returns: firstType, returnsLabel: 'ARRAY',
      make: ({ args }) => (list: List) => distinct(list, (value) => valueKey(value, elementOf(args[0]!))),
    })],
  },
  {
    name: 'array_reverse', category: 'collection', doc: 'The elements in opposite order.',
    overloads: [overload({ args: [ARRAY], returns: firstType, returnsLabel: 'ARRAY', call: (list: List) => [...list].reverse() })],
  },
  {
    name: 'array_sort', category: 'collection', doc: 'The elements in order, NULL lowest; descending where the second argument is FALSE.',
    overloads: [overload({
      args: [ARRAY, { label: 'BOOLEAN', accept: (t) => (t.kind === 'BOOLEAN' ? t : null) }], optional: 1, returns: firstType,
      returnsLabel: 'ARRAY',
      make: sortArray,
    })],
  },
  {
    name: 'array_slice', category: 'collection', doc: 'The elements from a position to another, or to the end.',
    overloads: [overload({ args: [ARRAY, INTEGER, INTEGER], optional: 1, returns: firstType, returnsLabel: 'ARRAY', call: slice })],
  },
  {
    name: 'array_join', aliases: ['array_to_string'], category: 'collection',
    doc: 'The elements as one text with a separator; NULLs are left out, or written as the third argument.',
    overloads: [overload({ args: [ARRAY, TEXT, TEXT], optional: 1, returns: STRING, make: join })],
  },
  { name: 'array_max', category: 'collection', doc: 'The greatest element.', overloads: [extreme(1)] },
  { name: 'array_min', category: 'collection', doc: 'The least element.', overloads: [extreme(-1)] },
  {
    name: 'map_keys', category: 'collection', doc: 'The keys of a map.',
    overloads: [overload({
      args: [MAP], returns: ([m]) => array(keyOfMap(m!)), returnsLabel: 'ARRAY',
      call: (entries: Dictionary) => [...entries.keys()],
    })],
  },
  {
    name: 'map_values', category: 'collection', doc: 'The values of a map.',
    overloads: [overload({
      args: [MAP], returns: ([m]) => array(valueOfMap(m!)), returnsLabel: 'ARRAY',
      call: (entries: Dictionary) => [...entries.values()],
    })],
  },
  {
    name: 'map_entries', category: 'collection', doc: 'The entries of a map as an array of rows.',
    overloads: [overload({
      args: [MAP], returns: ([m]) => array(row([{ name: 'key', type: keyOfMap(m!) }, { name: 'value', type: valueOfMap(m!) }])),
      returnsLabel: 'ARRAY<ROW>',
      call: (entries: Dictionary) => [...entries].map(([key, value]) => [key, value]),
    })],
  },
  {
    name: 'map_from_arrays', category: 'collection', doc: 'A map of an array of keys and one of values.',
    overloads: [overload({
      args: [ARRAY, ARRAY], returns: ([k, v]) => map(elementOf(k!), elementOf(v!)), returnsLabel: 'MAP',
      make: ({ args }) => (keys: List, values: List) =>
        (keys.length === values.length ? mapOf(keys, values, elementOf(args[0]!)) : badArgument('there must be as many values as keys')),
    })],
  },
]
