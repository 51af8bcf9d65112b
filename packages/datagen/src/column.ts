import { BATCH_ROWS_MAX, Dictionary, MillraceError, STRING, castValue, parseDurationMs } from '@millrace/core'
import type { DataType, TableColumn, TableDefinition, Vector } from '@millrace/core'
import { columnSeed, randomUnit } from './counter-random.js'

/** Makes the values of one column for rows `first`, `first + stride`, …; the vector is reused by the next call. */
export interface ColumnGenerator {
  fill(first: number, stride: number, count: number): Vector
}

/** A column's number as a function of the row. */
type NumberOf = (row: number) => number

/**
 * The generator of a column as its `fields.NAME.*` options say.
 *
 * @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED (a nested type)
 */
export function makeColumn(table: TableDefinition, column: TableColumn): ColumnGenerator {
  const field = new FieldOptions(table, column)
  const seed = columnSeed(Number(table.options['seed'] ?? 0), column.name)
  const generator = field.kind === 'sequence' ? sequenceColumn(field) : randomColumn(field, seed)
  const nullRate = field.number('null-rate', 0)
  if (nullRate === 0) return generator
  if (!(nullRate > 0 && nullRate <= 1)) field.refuse('null-rate', 'between 0 and 1')
  if (!column.nullable) field.refuse('null-rate', 'left out: the column is NOT NULL')
  return withNulls(generator, nullRate, seed ^ 0x2545f491)
}

class FieldOptions {
  readonly type: DataType
  readonly kind: 'random' | 'sequence'
  readonly #options: Readonly<Record<string, string>>
  readonly #column: TableColumn

  constructor(table: TableDefinition, column: TableColumn) {
    this.#options = table.options
    this.#column = column
    this.type = column.type
    const kind = this.text('kind') ?? 'random'
    if (kind !== 'random' && kind !== 'sequence') this.refuse('kind', 'random or sequence')
    this.kind = kind
  }

  text(option: string): string | null {
    return this.#options[`fields.${this.#column.name.toLowerCase()}.${option}`] ?? this.#options[`fields.${this.#column.name}.${option}`] ?? null
  }

  number(option: string, absent: number): number {
    const text = this.text(option)
    if (text === null) return absent
    const value = Number(text.replaceAll('_', ''))
    if (text.trim() === '' || !Number.isFinite(value)) this.refuse(option, 'a number')
    return value
  }

  /** An option in the unit that the column is stored in: days, microseconds, unscaled decimals, or plain numbers. */
  stored(option: string, absent: number): number {
    const text = this.text(option)
    if (text === null) return absent
    try {
      const value = Number(castValue(text, STRING, this.type, 'UTC'))
      if (Number.isNaN(value) || (this.type.kind !== 'DOUBLE' && this.type.kind !== 'FLOAT' && !Number.isSafeInteger(value))) throw new RangeError()
      return value
    } catch {
      this.refuse(option, `a ${this.type.kind} between -2^53 and 2^53`)
    }
  }

  /** A distance between two values of a sequence, in the same unit; durations for times. */
  step(absent: number): number {
    const text = this.text('step')
    if (text === null) return absent
    const microsPerUnit = { DATE: 86_400_000_000, TIMESTAMP: 1, TIMESTAMP_LTZ: 1, TIME: 1 } as Record<string, number>
    const unit = microsPerUnit[this.type.kind]
    if (unit === undefined) return this.stored('step', absent)
    const ms = parseDurationMs(text)
    if (ms === null) this.refuse('step', 'a duration like 10ms')
    return (ms * 1_000) / unit
  }

  refuse(option: string, expected: string): never {
    throw new MillraceError('OPTION_INVALID', `option 'fields.${this.#column.name}.${option}' must be ${expected}`)
  }
}

function sequenceColumn(field: FieldOptions): ColumnGenerator {
  if (field.type.kind === 'STRING' || field.type.kind === 'BOOLEAN') field.refuse('kind', `random for a ${field.type.kind}`)
  const start = field.stored('start', field.stored('min', isTime(field.type) ? DAY_START_MICROS : 0))
  const step = field.step(isTime(field.type) ? 1_000 : 1)
  const end = field.text('end') === null ? null : field.stored('end', 0)
  if (end === null) return numberColumn(field, (row) => start + row * step)
  const length = Math.floor((end - start) / step) + 1
  if (!(length >= 1)) field.refuse('end', 'on the far side of start')
  return numberColumn(field, (row) => start + (row % length) * step)
}

function randomColumn(field: FieldOptions, seed: number): ColumnGenerator {
  const { type } = field
  const values = field.text('values')
  const cardinality = field.number('cardinality', 0)
  if (type.kind === 'STRING') {
    if (values !== null) return chosenText(values.split(',').map((v) => v.trim()), seed)
    const length = field.number('length', 8)
    if (cardinality > 0) return numberedText(cardinality, length, seed)
    return randomText(length, seed)
  }
  if (values !== null) {
    const choices = values.split(',').map((v) => Number(castValue(v.trim(), STRING, type, 'UTC')))
    return numberColumn(field, (row) => choices[Math.floor(randomUnit(seed, row) * choices.length)]!)
  }
  if (type.kind === 'BOOLEAN') return numberColumn(field, (row) => (randomUnit(seed, row) < 0.5 ? 0 : 1))
  const [low, high] = defaultRange(type)
  const min = field.stored('min', low)
  const max = field.stored('max', Math.max(high, min))
  if (max < min) field.refuse('max', 'at least min')
  if (type.kind === 'DOUBLE' || type.kind === 'FLOAT') return numberColumn(field, (row) => min + randomUnit(seed, row) * (max - min))
  const width = max - min + 1
  const distinct = cardinality > 0 ? Math.min(cardinality, width) : width
  return numberColumn(field, (row) => min + Math.floor(randomUnit(seed, row) * distinct))
}

/** 2026-01-01 00:00:00 */
const DAY_START_MICROS = 1_767_225_600_000_000

function isTime(type: DataType): boolean {
  return type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
}

function defaultRange(type: DataType): [number, number] {
  switch (type.kind) {
    case 'TINYINT': return [0, 127]
    case 'SMALLINT': return [0, 32_767]
    case 'INT': case 'BIGINT': return [0, 2_147_483_647]
    case 'DECIMAL': return [0, Math.min(10 ** type.precision - 1, 10 ** 15 - 1)]
    case 'FLOAT': case 'DOUBLE': return [0, 1]
    case 'DATE': return [20_454, 20_818]
    case 'TIME': return [0, 86_399_999_999]
    case 'TIMESTAMP': case 'TIMESTAMP_LTZ': return [DAY_START_MICROS, DAY_START_MICROS + 86_399_999_999]
    default: throw new MillraceError('SQL_UNSUPPORTED', `datagen makes no ${type.kind}; declare a scalar column and build it in the query`)
  }
}

function numberColumn(field: FieldOptions, valueOf: NumberOf): ColumnGenerator {
  const { type } = field
  switch (type.kind) {
    case 'BOOLEAN': {
      const values = new Uint8Array(BATCH_ROWS_MAX)
      return { fill: (first, stride, count) => (fillNumbers(values, valueOf, first, stride, count), { kind: 'bool', values, nulls: null }) }
    }
    case 'TINYINT': case 'SMALLINT': case 'INT': case 'DATE': {
      const values = new Int32Array(BATCH_ROWS_MAX)
      return { fill: (first, stride, count) => (fillNumbers(values, valueOf, first, stride, count), { kind: 'i32', values, nulls: null }) }
    }
    case 'BIGINT': case 'DECIMAL': {
      const values = new Float64Array(BATCH_ROWS_MAX)
      return { fill: (first, stride, count) => (fillNumbers(values, valueOf, first, stride, count), { kind: 'exact', values, wide: null, nulls: null }) }
    }
    case 'FLOAT': case 'DOUBLE': case 'TIME': case 'TIMESTAMP': case 'TIMESTAMP_LTZ': {
      const values = new Float64Array(BATCH_ROWS_MAX)
      const round: NumberOf = type.kind === 'FLOAT' ? (row) => Math.fround(valueOf(row)) : valueOf
      return { fill: (first, stride, count) => (fillNumbers(values, round, first, stride, count), { kind: 'f64', values, nulls: null }) }
    }
    default: throw new MillraceError('SQL_UNSUPPORTED', `datagen makes no ${type.kind}; declare a scalar column and build it in the query`)
  }
}

function fillNumbers(values: Uint8Array | Int32Array | Float64Array, valueOf: NumberOf, first: number, stride: number, count: number): void {
  for (let i = 0, row = first; i < count; i++, row += stride) values[i] = valueOf(row)
}

function chosenText(choices: readonly string[], seed: number): ColumnGenerator {
  const dictionary = new Dictionary()
  const codeOfChoice = Int32Array.from(choices, (choice) => dictionary.codeOfText(choice))
  const codes = new Int32Array(BATCH_ROWS_MAX)
  return {
    fill(first, stride, count) {
      for (let i = 0, row = first; i < count; i++, row += stride) {
        codes[i] = codeOfChoice[Math.floor(randomUnit(seed, row) * codeOfChoice.length)]!
      }
      return { kind: 'dict', codes, dictionary, nulls: null }
    },
  }
}

/** One of `cardinality` texts: a number padded with zeros to `length`. */
function numberedText(cardinality: number, length: number, seed: number): ColumnGenerator {
  const texts = (row: number): string => String(Math.floor(randomUnit(seed, row) * cardinality)).padStart(length, '0')
  return textColumn(texts)
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

function randomText(length: number, seed: number): ColumnGenerator {
  return textColumn((row) => {
    let text = ''
    for (let i = 0; i < length; i++) text += LETTERS[Math.floor(randomUnit(seed + i, row) * LETTERS.length)]
    return text
  })
}

function textColumn(textOf: (row: number) => string): ColumnGenerator {
  const values: string[] = []
  return {
    fill(first, stride, count) {
      for (let i = 0, row = first; i < count; i++, row += stride) values[i] = textOf(row)
      return { kind: 'text', values, nulls: null }
    },
  }
}

function withNulls(generator: ColumnGenerator, rate: number, seed: number): ColumnGenerator {
  const nulls = new Uint8Array(BATCH_ROWS_MAX)
  return {
    fill(first, stride, count) {
      for (let i = 0, row = first; i < count; i++, row += stride) nulls[i] = randomUnit(seed, row) < rate ? 1 : 0
      return { ...generator.fill(first, stride, count), nulls }
    },
  }
}
