import { array, BIGINT, BOOLEAN, BYTES, DATE, DOUBLE, FLOAT, formatOf, INT, map, row, SMALLINT, STRING, TINYINT, decimal, time, timestamp, timestampLtz } from '@millrace/core'
import type { DataType, TableDefinition } from '@millrace/core'
import { describeFormat } from './contract.js'

const ALL: readonly [string, DataType][] = [
  ['flag', BOOLEAN], ['t', TINYINT], ['s', SMALLINT], ['i', INT], ['b', BIGINT], ['f', FLOAT], ['d', DOUBLE], ['m', decimal(38, 6)], ['text', STRING],
  ['bytes', BYTES], ['day', DATE], ['at', time(3)], ['ts', timestamp(3)], ['ltz', timestampLtz(6)], ['list', array(BIGINT)], ['dict', map(STRING, decimal(10, 2))],
  ['nested', row([{ name: 'a', type: STRING }, { name: 'b', type: array(timestamp(6)) }])],
]

function table(columns: readonly (readonly [string, DataType])[], nullable = true, options: Readonly<Record<string, string>> = {}): TableDefinition {
  return {
    name: 't', connector: 'kafka', options, primaryKey: [], partitionedBy: [], baseDirectory: '/',
    columns: columns.map(([name, type]) => ({ name, type, nullable, metadata: null })),
  }
}

const ROWS = [
  [true, 1, -2, 3, 4n, 0.5, 0.1, 10n ** 37n, 'ada', Uint8Array.of(0, 255), 20_000, 3_600_000_000, 1_767_225_600_000_000, 1_767_225_600_123_456, [1n, null], new Map([['k', 250n]]), ['x', [0]]],
  ALL.map(() => null),
  [false, -128, 32_767, 2 ** 31 - 1, -(2n ** 63n), -0, -0, -1n, '', Uint8Array.of(), -1, 0, 0, -1, [], new Map(), [null, null]],
]

describeFormat(formatOf('json'), [{
  title: 'with a column of every type',
  make: () => ({ table: table(ALL), rows: ROWS, broken: ['', '{', '{"flag":1}', '[]', '{"b":9223372036854775808}', '{"text":"\u00e4'].map((text) => Buffer.from(text, 'latin1')) }),
}])

describeFormat(formatOf('debezium-json'), [{
  title: 'with a column of every type',
  make: () => ({ table: table(ALL), rows: ROWS, broken: ['{', '{"op":"c","after":{"flag":1}}', '{"op":"u","before":null,"after":{}}', '{"op":"z"}'].map((text) => Buffer.from(text)) }),
}])

describeFormat(formatOf('csv'), [{
  title: 'with a column of every type',
  make: () => ({ table: table(ALL), rows: ROWS, broken: [Buffer.from('1,2'), Buffer.from(`maybe${','.repeat(ALL.length - 1)}`)] }),
}])

describeFormat(formatOf('raw'), ([
  ['texts', STRING, ['a', 'ä', ''], [Uint8Array.of(0xff)]], ['numbers', BIGINT, [1n, -(2n ** 63n), 2n ** 60n], [Uint8Array.of(), Uint8Array.of(1)]],
  ['bytes', BYTES, [Uint8Array.of(1), Uint8Array.of()], []], ['doubles', DOUBLE, [0.1, -0], [Uint8Array.of(1, 2, 3)]],
] as const).map(([title, type, values, broken]) => ({
  title,
  make: () => ({
    table: table([['v', type]], false), rows: values.map((value) => [value]), broken,
    refused: [{ table: table(ALL), code: 'SQL_UNSUPPORTED' }, { table: table([['v', DATE]]), code: 'SQL_UNSUPPORTED' }],
  }),
})))
