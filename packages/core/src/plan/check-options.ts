import { MillraceError, unreachable, type Span } from '../errors.js'
import type { OptionDescription, OptionTable } from '../connector.js'
import { TABLE_OPTIONS } from '../table-options.js'
import { parseBoolean, parseBytes, parseDurationMs, parseNumber } from './option-value.js'
import { unknownName } from './unknown-name.js'
import { lookup } from '../lookup.js'

/** An option as it stands in WITH or SET. */
export interface GivenOption {
  readonly key: string
  readonly value: string
  readonly span: Span | null
}

/**
 * Checks options against the tables that describe them: every name known, every value possible, every required one
 * there. A family (`fields.*`) takes every name that begins like it.
 *
 * @param owner who takes the options, for messages: `connector 'file'`
 * @throws MillraceError OPTION_UNKNOWN (with the nearest name), OPTION_INVALID, OPTION_MISSING
 */
export function checkOptions(given: readonly GivenOption[], table: OptionTable, owner: string, span: Span | null): void {
  for (const option of given) {
    const description = describeOption(option.key, table)
    if (description === undefined) throw unknownOption(option, table, owner)
    if (description.refused === true) {
      throw new MillraceError('OPTION_UNKNOWN', `${owner} has no option '${option.key}': ${description.doc}`, spanned(option.span))
    }
    checkValue(option, description)
  }
  for (const [name, description] of Object.entries(table)) {
    if (description.required === true && !given.some((option) => option.key === name)) {
      throw new MillraceError('OPTION_MISSING', `${owner} needs the option '${name}': ${description.doc}`, spanned(span))
    }
  }
}

interface SplitOptions {
  readonly table: readonly GivenOption[]
  readonly connector: readonly GivenOption[]
}

/** The options of tables as such, and those of their connector. */
export function splitTableOptions(given: readonly GivenOption[]): SplitOptions {
  return {
    table: given.filter((option) => Object.hasOwn(TABLE_OPTIONS, option.key)),
    connector: given.filter((option) => option.key !== 'connector' && !Object.hasOwn(TABLE_OPTIONS, option.key)),
  }
}

export function describeOption(key: string, table: OptionTable): OptionDescription | undefined {
  if (Object.hasOwn(table, key)) return table[key]
  const family = Object.keys(table).find((name) => name.endsWith('.*') && key.startsWith(name.slice(0, -1)) && key.length > name.length - 1)
  return family === undefined ? undefined : table[family]
}

function unknownOption(option: GivenOption, table: OptionTable, owner: string): MillraceError {
  const alternatives = [...Object.keys(table).filter((name) => table[name]!.refused !== true), ...(owner.startsWith('connector') ? Object.keys(TABLE_OPTIONS) : [])].sort()
  return unknownName(
    'OPTION_UNKNOWN', `${owner} has no option '${option.key}'`, { text: option.key, span: option.span }, alternatives, 'options',
  )
}

function checkValue(option: GivenOption, description: OptionDescription): void {
  const wrong = problemOf(option.value, description)
  if (wrong === null) return
  const shown = description.secret === true ? 'the value' : `'${option.value}'`
  throw new MillraceError('OPTION_INVALID', `option '${option.key}': ${shown} ${wrong}`, {
    ...spanned(option.span), ...(description.values === undefined ? {} : { alternatives: description.values }),
  })
}

/** What is wrong with a value, as the end of a sentence about it, or null. */
function problemOf(value: string, description: OptionDescription): string | null {
  if (description.values !== undefined && !description.values.includes(value.toLowerCase()) && !description.values.includes(value)) {
    return `is none of ${description.values.join(', ')}`
  }
  const number = numberOf(value, description)
  if (number === null) return `is no ${description.type}${EXAMPLES[description.type] ?? ''}`
  if (description.minimum !== undefined && number < description.minimum) return `is less than ${description.minimum}`
  if (description.maximum !== undefined && number > description.maximum) return `is more than ${description.maximum}`
  return null
}

const EXAMPLES: Readonly<Record<string, string>> = lookup({
  duration: ' (such as 10s, 5 min)', bytes: ' (such as 64mb)', boolean: ' (true or false)',
})

/** The value as a number to compare with bounds (0 for texts), null where it is not of its type. */
function numberOf(value: string, description: OptionDescription): number | null {
  switch (description.type) {
    case 'string': return 0
    case 'boolean': return parseBoolean(value) === null ? null : 0
    case 'number': return parseNumber(value)
    case 'integer': return /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : null
    case 'duration': return parseDurationMs(value)
    case 'bytes': return parseBytes(value)
    default: return unreachable(description.type)
  }
}

function spanned(span: Span | null): { span?: Span } {
  return span === null ? {} : { span }
}
