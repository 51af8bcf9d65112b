import { MillraceError } from './errors.js'
import type { OptionDescription, OptionTable } from './connector.js'
import { parseBoolean, parseBytes, parseDurationMs } from './plan/option-value.js'

export { parseBytes, parseDurationMs }

/** Reads the options of a table as values of their declared types; defaults come from the {@link OptionTable}. */
export class OptionValues {
  readonly #options: Readonly<Record<string, string>>
  readonly #table: OptionTable

  constructor(options: Readonly<Record<string, string>>, table: OptionTable) {
    this.#options = options
    this.#table = table
  }

  has(name: string): boolean {
    return this.#options[name] !== undefined
  }

  /** @throws MillraceError OPTION_MISSING where it has neither a value nor a default */
  text(name: string): string {
    const value = this.textOrNull(name)
    if (value === null) throw new MillraceError('OPTION_MISSING', `option '${name}' is required`)
    return value
  }

  textOrNull(name: string): string | null {
    return this.#options[name] ?? describe(this.#table, name)?.default ?? null
  }

  boolean(name: string): boolean {
    return parseBoolean(this.text(name)) ?? invalid(name, this.text(name), 'true or false')
  }

  /** Integers and numbers. */
  number(name: string): number {
    return this.numberOrNull(name) ?? Number(this.text(name))
  }

  numberOrNull(name: string): number | null {
    const text = this.textOrNull(name)
    return text === null ? null : Number(text.replaceAll('_', ''))
  }

  bytes(name: string): number {
    return parseBytes(this.text(name)) ?? invalid(name, this.text(name), 'a size like 64mb')
  }

  durationMs(name: string): number {
    return this.durationMsOrNull(name) ?? invalid(name, this.text(name), 'a duration like 10s')
  }

  durationMsOrNull(name: string): number | null {
    const text = this.textOrNull(name)
    return text === null ? null : parseDurationMs(text) ?? invalid(name, text, 'a duration like 10s')
  }
}

function describe(table: OptionTable, name: string): OptionDescription | undefined {
  return table[name]
}

function invalid(name: string, value: string, expected: string): never {
  throw new MillraceError('OPTION_INVALID', `option '${name}' is '${value}' but must be ${expected}`, { option: name })
}
