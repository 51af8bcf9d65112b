import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  array, BIGINT, BOOLEAN, DATE, decimal, DOUBLE, FLOAT, INT, NULL, row, SMALLINT, STRING, time, timestamp, timestampLtz, TINYINT, typeName,
  varchar,
} from '../types/data-type.js'
import type { DataType } from '../types/data-type.js'
import { canCast, commonType } from './coercion.js'
import { resolveScalar } from './catalogue.js'

const name = (type: DataType | null): string => (type === null ? 'none' : typeName(type))

describe('common types', () => {
  it.each([
    [[INT, BIGINT], 'BIGINT'], [[TINYINT, SMALLINT], 'SMALLINT'], [[INT, decimal(5, 2)], 'DECIMAL(12, 2)'],
    [[BIGINT, decimal(38, 30)], 'DECIMAL(38, 19)'],
    [[decimal(10, 2), decimal(8, 4)], 'DECIMAL(12, 4)'], [[INT, DOUBLE], 'DOUBLE'], [[FLOAT, FLOAT], 'FLOAT'], [[FLOAT, INT], 'DOUBLE'],
    [[decimal(5, 2), FLOAT], 'DOUBLE'],
    [[DATE, timestamp(3)], 'TIMESTAMP(3)'], [[timestamp(3), timestampLtz(6)], 'TIMESTAMP_LTZ(6)'], [[time(0), time(3)], 'TIME(3)'],
    [[varchar(3), varchar(5)], 'VARCHAR(5)'], [[varchar(3), STRING], 'STRING'],
    [[NULL, INT], 'INT'], [[NULL, NULL], 'NULL'], [[], 'NULL'], [[INT, STRING], 'none'], [[BOOLEAN, INT], 'none'],
    [[DATE, time(0)], 'none'],
    [[array(INT), array(DOUBLE)], 'ARRAY<DOUBLE>'], [[array(INT), array(STRING)], 'none'], [[array(NULL), array(INT)], 'ARRAY<INT>'],
    [[row([{ name: 'a', type: INT }]), row([{ name: 'b', type: BIGINT }])], 'ROW<a BIGINT>'],
    [[INT, NULL, decimal(3, 1), BIGINT], 'DECIMAL(20, 1)'],
  ] as const)('of %j is %s', (types, expected) => {
    expect(name(commonType(types))).toBe(expected)
  })

  it('do not depend on order', () => {
    const type = fc.constantFrom<DataType>(TINYINT, INT, BIGINT, FLOAT, DOUBLE, decimal(10, 2), decimal(20, 10), NULL, STRING, varchar(4),
      DATE, timestamp(3), timestampLtz(0))
    fc.assert(fc.property(type, type, (a, b) => {
      expect(name(commonType([a, b]))).toBe(name(commonType([b, a])))
      const common = commonType([a, b])
      if (common !== null) expect(canCast(a, common, 'implicit') && canCast(b, common, 'implicit')).toBe(true)
    }))
  })
})

describe('types of arithmetic', () => {
  it.each([
    ['+', INT, INT, 'INT'], ['+', TINYINT, INT, 'INT'], ['+', decimal(10, 2), decimal(5, 4), 'DECIMAL(13, 4)'],
    ['+', INT, decimal(5, 2), 'DECIMAL(13, 2)'], ['+', decimal(38, 10), decimal(38, 10), 'DECIMAL(38, 9)'],
    ['-', decimal(38, 2), decimal(38, 2), 'DECIMAL(38, 2)'], ['*', decimal(10, 2), decimal(10, 2), 'DECIMAL(21, 4)'],
    ['*', decimal(30, 10), decimal(30, 10), 'DECIMAL(38, 6)'],
    ['/', decimal(10, 2), decimal(10, 2), 'DECIMAL(23, 13)'], ['/', decimal(38, 10), decimal(38, 10), 'DECIMAL(38, 6)'],
    ['/', INT, decimal(3, 1), 'DECIMAL(17, 6)'], ['/', INT, INT, 'INT'], ['%', decimal(10, 2), INT, 'DECIMAL(10, 2)'],
    ['%', decimal(5, 4), decimal(10, 2), 'DECIMAL(5, 4)'],
    ['+', INT, DOUBLE, 'DOUBLE'], ['*', FLOAT, FLOAT, 'FLOAT'], ['*', FLOAT, decimal(3, 1), 'DOUBLE'],
    ['+', NULL, decimal(3, 1), 'DECIMAL(4, 1)'],
  ] as const)('%s of %j and %j', (op, a, b, expected) => {
    expect(typeName(resolveScalar(op, [a, b]).types.returns)).toBe(expected)
  })
})
