import { array, DOUBLE, row, STRING } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { compareValues } from '../../types/value.js'
import type { Accumulating, AggregateFunction } from '../function.js'
import { ANY, TEXT, TEXTUAL } from '../signature.js'
import { aggregateOverload } from './define-aggregate.js'
import { joinedTexts } from '../scalar/text-limit.js'

/** One row: its ordinal, then the arguments. */
type Entry = readonly Value[]

interface Gathered {
  entries: Entry[]
}

/**
 * Keeps every row and looks at them in order of their ordinals; rows of one ordinal go by their values, so that the
 * result is the same for any number of workers.
 */
function gathering(
  types: readonly DataType[],
  takes: (args: readonly Value[]) => boolean,
  result: (entries: readonly Entry[]) => Value,
): Accumulating<Gathered> {
  const compare = types.map((type) => compareValues(type))
  const inOrder = (a: Entry, b: Entry): number => {
    let order = (a[0] as number) - (b[0] as number)
    for (let i = 0; order === 0 && i < compare.length; i++) order = compare[i]!(a[i + 1]!, b[i + 1]!)
    return order
  }
  return {
    create: () => ({ entries: [] }),
    add(state, args) {
      if (takes(args)) state.entries.push([Number(args[types.length]), ...args.slice(0, types.length)])
    },
    merge(state, other) {
      for (const entry of other.entries) state.entries.push(entry)
    },
    result: (state) => (state.entries.length === 0 ? null : result([...state.entries].sort(inOrder))),
    save: (state) => [state.entries],
    load: ([entries]) => ({ entries: [...(entries as readonly Entry[])] }),
  }
}

const stateOf = (types: readonly DataType[]): readonly DataType[] =>
  [array(row([{ name: 'ordinal', type: DOUBLE }, ...types.map((type, i) => ({ name: `arg${i}`, type }))]))]

/** The separator before a value is that of its own row. */
function joined(entries: readonly Entry[], separatorOf: (entry: Entry) => string): string {
  return joinedTexts(entries.flatMap((entry, i) => (i === 0 ? [entry[1] as string] : [separatorOf(entry), entry[1] as string])))
}

const DEFAULT_SEPARATOR = ','

const texts = aggregateOverload({
  args: [TEXTUAL], returns: STRING, state: stateOf([STRING]),
  make: () => gathering([STRING], ([value]) => value !== null, (entries) => joined(entries, () => DEFAULT_SEPARATOR)),
})

const separatedTexts = aggregateOverload({
  args: [TEXTUAL, TEXT], returns: STRING, state: stateOf([STRING, STRING]),
  make: () => gathering([STRING, STRING], ([value]) => value !== null, (entries) =>
    joined(entries, (entry) => (entry[2] as string | null) ?? '')),
})

const values = aggregateOverload({
  args: [ANY], returns: ([a]) => array(a!), returnsLabel: 'ARRAY', state: ({ args }) => stateOf(args),
  make: ({ args }) => gathering(args, () => true, (entries) => entries.map((entry) => entry[1]!)),
})

export const gatherings: readonly AggregateFunction[] = [
  {
    name: 'string_agg', aliases: ['listagg', 'group_concat'],
    doc: 'The values as one text, in the order of rows, with a separator (`,` unless given); NULLs are left out.', ordered: true,
    overloads: [texts, separatedTexts],
  },
  {
    name: 'array_agg', aliases: ['collect_list', 'collect'], doc: 'The values as an array, in the order of rows, NULLs included.',
    ordered: true,
    overloads: [values],
  },
]
