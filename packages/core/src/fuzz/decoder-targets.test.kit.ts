import { ERRORS } from '../errors.js'
import type { ScanCondition, TableColumn } from '../connector.js'
import { column, decodeText, type DecodeOptions, type Decoded } from '../formats/decode.test.kit.js'
import { array, BIGINT, BOOLEAN, BYTES, DATE, DOUBLE, INT, map, row, STRING, decimal, time, timestamp, timestampLtz, varchar } from '../types/data-type.js'
import type { FuzzRandom, FuzzTarget } from './fuzz-target.test.kit.js'

const COLUMNS: readonly TableColumn[] = [
  column('s', STRING), column('d', DOUBLE), column('i', INT), column('b', BIGINT), column('m', decimal(12, 3)), column('t', timestamp(3)),
  column('y', DATE), column('f', BOOLEAN, false), column('z', timestampLtz(6)), column('h', time(3)), column('v', varchar(3)), column('x', BYTES),
  column('__proto__', STRING), column('r', row([{ name: 'a', type: INT }, { name: '__proto__', type: STRING }])), column('a', array(BIGINT)), column('q', map(STRING, DOUBLE)),
]

/** What belongs into a column, and what does not. */
const TEXTS = [
  'AAPL', '', 'x', 'ü', '😀', 'a"b', 'back\\slash', '\u2028', '\u0000', '</script>', "'; DROP TABLE t; --", '${x}', '__proto__', 'constructor',
]
const NUMBERS = [
  '0', '-0', '1', '-1', '12.5', '1e3', '1E-2', '1e999999999', '-1e-999999999', '2147483648', '9007199254740993', '99999999999999999999999999', '0.12345678901234567', '01', '1.', '.5', '+1', '--1', '1e', 'NaN', 'Infinity',
]
const TIMES = ['2026-01-01 00:00:00', '2026-02-30 00:00:00', '2026-01-01T00:00:00.123456Z', '1969-12-31', '12:34:56', '9999-12-31 23:59:59', '-2026-01-01', '2026-01-01 00:00:60', '1767225600000']
const NESTED = ['[1,2]', '[]', '{}', '{"a":1,"__proto__":"y"}', '{"__proto__":{"a":1}}', '[[[[[[]]]]]]', '{"a":[{}]}', '[}', '{"k":1.5}', '["1",null,2]']
const LITERALS = ['null', 'true', 'false', 'nul', 'True', 'undefined']

function scalar(random: FuzzRandom): string {
  switch (random.below(6)) {
    case 0: case 1: return random.pick(NUMBERS)
    case 2: return random.pick(LITERALS)
    case 3: return random.pick(NESTED)
    default: return JSON.stringify(random.pick(random.chance(2) ? TIMES : TEXTS))
  }
}

function usual(random: FuzzRandom, name: string): string {
  switch (name) {
    case 's': case 'v': case '__proto__': return JSON.stringify(random.pick(TEXTS))
    case 'f': return random.pick(['true', 'false'])
    case 't': case 'z': return `"2026-01-0${1 + random.below(9)} 00:00:0${random.below(10)}"`
    case 'y': return `"2026-01-0${1 + random.below(9)}"`
    default: return String(random.below(1000))
  }
}

function jsonRecords(random: FuzzRandom): Uint8Array {
  const names = [...COLUMNS.map(({ name }) => name), 'other', 'constructor'].filter(() => !random.chance(4))
  const [comma, colon] = [random.pick([',', ',', ', ']), random.pick([':', ':', ': '])]
  let text = ''
  for (let n = 1 + random.below(3); n > 0; n--) {
    const fields = names.map((name) => `${JSON.stringify(name)}${colon}${random.chance(8) ? scalar(random) : usual(random, name)}`)
    text += `{${fields.join(comma)}}${random.chance(12) ? '\r\n' : '\n'}`
  }
  return Buffer.from(text)
}

function csvRecords(random: FuzzRandom, delimiter: string): Uint8Array {
  const quoted = (text: string): string => (random.chance(3) ? `"${text.replaceAll('"', '""')}"` : text)
  let text = ''
  for (let n = 1 + random.below(3); n > 0; n--) {
    const fields = CSV_COLUMNS.map(({ name }) => {
      const value = random.chance(8) ? scalar(random) : usual(random, name)
      return quoted(value.startsWith('"') ? JSON.parse(value) as string : value)
    })
    text += `${fields.join(delimiter)}${random.chance(12) ? '\r\n' : '\n'}`
  }
  return Buffer.from(text)
}

const CSV_COLUMNS = COLUMNS.filter(({ type }) => type.kind !== 'ROW' && type.kind !== 'ARRAY' && type.kind !== 'MAP')

const FILTERABLE = new Set(['STRING', 'DOUBLE', 'INT', 'BIGINT', 'DECIMAL', 'BOOLEAN', 'TIMESTAMP'])

/** Mostly a few columns: the code for them is compiled anew for every input. */
function wantedOf(random: FuzzRandom, columns: readonly TableColumn[]): TableColumn[] {
  const most = random.chance(20) ? 1 : columns.length / 3
  return columns.filter(() => most === 1 || random.below(columns.length) < most)
}

function conditions(random: FuzzRandom, columns: readonly TableColumn[]): ScanCondition[] {
  if (random.chance(2)) return []
  const index = random.below(columns.length)
  if (!FILTERABLE.has(columns[index]!.type.kind)) return []
  const kind = columns[index]!.type.kind
  const value = kind === 'STRING' ? random.pick(TEXTS) : kind === 'BIGINT' || kind === 'DECIMAL' ? 100n : kind === 'BOOLEAN' ? true : 100
  const op = random.pick<ScanCondition['op']>(['=', '<>', '<', '>=', 'in', 'is null', 'is not null'])
  return [{ column: index, op, values: op.startsWith('is') ? [] : [value] }]
}

function scanned(random: FuzzRandom, columns: readonly TableColumn[]): Pick<DecodeOptions, 'columns' | 'wanted' | 'filter'> {
  const wanted = wantedOf(random, columns)
  return { columns, wanted: wanted.map(({ name }) => name), filter: wanted.length === 0 ? [] : conditions(random, wanted) }
}

/** Rows, failures and counts: all that is seen of a decoder. */
function seen({ rows, failures, filtered, records }: Decoded): string {
  return JSON.stringify({ rows, failures, filtered, records }, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`
    if (value instanceof Map) return { map: [...value] }
    return typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? `number ${Object.is(value, -0) ? '-0' : value}` : value
  })
}

/** Generated code and the general path give the same, and every failure has a code that is the data's. */
function checkDecoders(format: string, bytes: Uint8Array, options: DecodeOptions): void {
  const general = decodeText(format, bytes, { ...options, compile: false })
  const generated = decodeText(format, bytes, options)
  const [a, b] = [seen(general), seen(generated)]
  if (a !== b) throw new Error(`the general path gives ${a}\nand generated code ${b}\nfor ${JSON.stringify(Buffer.from(bytes).toString('latin1'))}`)
  for (const { code, message } of general.failures) {
    if (!Object.hasOwn(ERRORS, code) || ERRORS[code as keyof typeof ERRORS].domain !== 'user') throw new Error(`a record fails with ${code}: ${message}`)
  }
}

function records(random: FuzzRandom, valid: Uint8Array): Uint8Array {
  if (random.chance(10)) return Uint8Array.from({ length: random.below(80) }, () => random.below(256))
  return random.chance(4) ? valid : random.mutated(valid, 4)
}

/** Inputs that go through one decoder, which costs more to make than they do: what one leaves behind must not harm the next. */
const INPUTS = 32

function manyRecords(random: FuzzRandom, valid: () => Uint8Array): Uint8Array {
  return Buffer.concat(Array.from({ length: INPUTS }, () => [records(random, valid()), NEWLINE]).flat())
}

const NEWLINE = Buffer.from('\n')

export const jsonTarget: FuzzTarget = {
  name: 'json',
  timeMsMax: 20_000,
  inputs: INPUTS,
  run: (random) => checkDecoders('json', manyRecords(random, () => jsonRecords(random)), {
    ...scanned(random, COLUMNS), batchRows: random.pick([1, 3, 64]), slack: random.pick([0, 8, 200]), blockBytes: random.pick([200, 2_000, 1e9]),
  }),
}

export const csvTarget: FuzzTarget = {
  name: 'csv',
  timeMsMax: 20_000,
  inputs: INPUTS,
  run: (random) => {
    const delimiter = random.pick([',', ';', '\t', '|'])
    checkDecoders('csv', manyRecords(random, () => csvRecords(random, delimiter)), {
      ...scanned(random, CSV_COLUMNS), batchRows: random.pick([1, 3, 64]), slack: random.pick([0, 8, 200]), blockBytes: random.pick([200, 2_000, 1e9]),
      options: { 'csv.delimiter': delimiter, 'csv.header': 'false', ...(random.chance(3) ? { 'csv.null': 'NULL' } : {}) },
    })
  },
}
