import { describe, expect, it } from 'vitest'
import { columns, explain, failure } from './shop.test.data.js'

const typeOf = async (expression: string): Promise<string> => (await columns(`SELECT ${expression} AS x FROM trades`))[0]!.slice(2)
const errorOf = (expression: string): Promise<string> => failure(`SELECT ${expression} FROM trades`)

/** How a condition is bound and folded: what EXPLAIN prints of a filter that the reader does not take. */
const boundAs = async (condition: string): Promise<string> => {
  const text = await explain(`SELECT symbol FROM plain WHERE ${condition}`)
  return /Filter (.*?)(?: {2,}local|$)/m.exec(text)?.[1] ?? text
}

describe('types of literals', () => {
  it.each([
    ['1', 'INT NOT NULL'], ['2147483647', 'INT NOT NULL'], ['2147483648', 'BIGINT NOT NULL'], ['-2147483648', 'INT NOT NULL'],
    ['-9223372036854775808', 'BIGINT NOT NULL'], ['9223372036854775808', 'DECIMAL(19, 0) NOT NULL'],
    ['1.50', 'DECIMAL(3, 2) NOT NULL'], ['0.001', 'DECIMAL(3, 3) NOT NULL'], ['1e3', 'DOUBLE NOT NULL'], ["'x'", 'STRING NOT NULL'],
    ['TRUE', 'BOOLEAN NOT NULL'], ["DATE '2026-01-01'", 'DATE NOT NULL'], ["TIMESTAMP '2026-01-01 10:00:00.123'", 'TIMESTAMP(3) NOT NULL'],
    ["TIME '10:00:00'", 'TIME(0) NOT NULL'], ["INTERVAL '5' MINUTE", 'INTERVAL DAY TO SECOND NOT NULL'], ["INTERVAL '1-6' YEAR TO MONTH", 'INTERVAL YEAR TO MONTH NOT NULL'],
  ])('%s is %s', async (literal, type) => expect(await typeOf(literal)).toBe(type))

  it.each([
    ["DATE '2026-02-30'", "SQL_LITERAL: '2026-02-30' is no DATE @ DATE '2026-02-30'"],
    ["INTERVAL 'soon' MINUTE", "SQL_LITERAL: INTERVAL 'soon' MINUTE is no interval; write INTERVAL '5' MINUTE @ INTERVAL 'soon' MINUTE"],
    ['1234567890123456789012345678901234567890', 'SQL_LITERAL: 1234567890123456789012345678901234567890 has more than 38 digits; write it with an exponent to make it a DOUBLE @ 1234567890123456789012345678901234567890'],
  ])('%s is an error', async (literal, error) => expect(await errorOf(literal)).toBe(error))
})

describe('types of expressions', () => {
  it.each([
    ['quantity + small', 'BIGINT'], ['small / 2', 'INT'], ['amount * amount', 'DECIMAL(21, 4)'], ['amount + quantity', 'DECIMAL(22, 2)'],
    ['price + amount', 'DOUBLE'], ['-small', 'INT'], ["symbol || 'x'", 'STRING'], ['price > 1', 'BOOLEAN'], ['price IS NULL', 'BOOLEAN NOT NULL'],
    ['ok IS NOT TRUE', 'BOOLEAN NOT NULL'], ['coalesce(small, 0)', 'INT NOT NULL'], ['coalesce(small, quantity)', 'BIGINT'],
    ['CASE WHEN ok THEN small ELSE quantity END', 'BIGINT'], ['CASE small WHEN 1 THEN 1.5 END', 'DECIMAL(2, 1)'],
    ["CASE WHEN ok THEN ts ELSE '2026-01-01 00:00:00' END", 'TIMESTAMP(3)'], ["ts + INTERVAL '1' HOUR", 'TIMESTAMP(3)'],
    ['CAST(small AS STRING)', 'STRING'], ['TRY_CAST(symbol AS INT)', 'INT'], ['symbol::BIGINT', 'BIGINT'], ['CAST(NULL AS DATE)', 'DATE'],
    ['upper(symbol)', 'STRING'], ['price BETWEEN 1 AND 2', 'BOOLEAN'], ["symbol LIKE 'A%'", 'BOOLEAN'], ['small IS DISTINCT FROM NULL', 'BOOLEAN NOT NULL'],
  ])('%s is %s', async (expression, type) => expect(await typeOf(expression)).toBe(type))
})

describe('how conditions are bound', () => {
  it.each([
    ["day = '2026-01-01'", "day = DATE '2026-01-01'"],
    ["'2026-01-01 10:00:00' < ts", "TIMESTAMP '2026-01-01 10:00:00.000' < ts"],
    ["small = '5'", 'small = 5'],
    ['price > 110', 'price > 110'],
    ['amount > 5', 'amount > 5.00'],
    ['small > 3000000000', 'CAST(small AS BIGINT) > 3000000000'],
    ['small > 1.5', 'CAST(small AS DECIMAL(11, 1)) > 1.5'],
    ['quantity = 5.0', 'quantity = 5'],
    ['small BETWEEN 1 AND 2 + 3', 'small >= 1 AND small <= 5'],
    ['small NOT BETWEEN 1 AND 5', 'NOT (small >= 1 AND small <= 5)'],
    ['small BETWEEN SYMMETRIC 5 AND 1', 'small >= 5 AND small <= 1 OR small >= 1 AND small <= 5'],
    ['small IN (1, 2, 3)', 'small = 1 OR small = 2 OR small = 3'],
    ["symbol NOT IN ('a', 'b')", "NOT (symbol = 'a' OR symbol = 'b')"],
    ['(ok OR small = 1) AND price > 2', '(ok OR small = 1) AND price > 2'],
    ['ok IS TRUE', 'coalesce(ok, FALSE)'],
    ['ok IS NOT FALSE', 'NOT coalesce(NOT ok, FALSE)'],
    ["symbol LIKE 'A!%' ESCAPE '!'", "symbol LIKE 'A!%' ESCAPE '!'"],
    ['TRUE AND ok', 'ok'],
    ['small = 1 OR 1 > 2', 'small = 1'],
    ['quantity > 10 / 2', 'quantity > 5'],
    ['CASE WHEN 1 = 1 THEN ok ELSE 1 / 0 = 1 END', 'ok'],
  ])('%s', async (condition, bound) => expect(await boundAs(condition)).toBe(bound))

  it('leaves constants that fail to the rows that reach them', async () => {
    expect(await boundAs('ok AND 1 / 0 = 1')).toBe('ok AND 1 / 0 = 1')
    expect(await boundAs("ok AND CAST('x' AS INT) = 1")).toBe("ok AND CAST('x' AS INT) = 1")
  })

  it('folds no chance and no clock', async () => {
    expect(await boundAs('rand() > 0.5')).toContain('rand')
    expect(await boundAs("now() > '2026-01-01 00:00:00'")).toMatch(/now\(\)/)
  })
})

describe('names', () => {
  it('match without regard to case, and print as written', async () => {
    expect(await columns('SELECT SYMBOL, T.Price, t.small FROM (SELECT Symbol, price, small FROM trades) AS t')).toEqual(['SYMBOL STRING', 'Price DOUBLE', 'small INT'])
  })

  it.each([
    ['symbl', 'SQL_COLUMN_UNKNOWN: no column `symbl` in table `trades` @ symbl ? symbol'],
    ['trades.symbl', 'SQL_COLUMN_UNKNOWN: no column `symbl` in table `trades` @ symbl ? symbol'],
    ['trade.symbol', 'SQL_COLUMN_UNKNOWN: no table or column `trade` here @ trade ? trades'],
    ['place.town', 'SQL_COLUMN_UNKNOWN: no field `town` in this ROW @ town'],
    ['price.x', 'SQL_COLUMN_UNKNOWN: DOUBLE has no fields, so no `x` @ x'],
    ['uper(symbol)', 'SQL_FUNCTION_UNKNOWN: no function `uper`.  did you mean `upper`? @ uper(symbol) ? upper'],
    ['symbol > 5', 'SQL_TYPE: STRING and INT cannot be compared; CAST one of them @ symbol > 5'],
    ["day = 'tomorrow'", "SQL_LITERAL: 'tomorrow' is no DATE @ day = 'tomorrow'"],
    ['CASE WHEN price THEN 1 END', 'SQL_TYPE: WHEN needs a BOOLEAN, not DOUBLE @ price'],
    ['CASE WHEN ok THEN 1 ELSE symbol END', 'SQL_TYPE: CASE: STRING does not go with INT; CAST one of them @ symbol'],
    ['NOT price', 'SQL_TYPE: NOT needs a BOOLEAN, not DOUBLE @ price'],
    ['CAST(day AS INT)', 'SQL_TYPE: DATE cannot become INT @ day'],
    ['CAST(small AS SMALINT)', 'SQL_TYPE_UNKNOWN: no data type `SMALINT` @ SMALINT ? SMALLINT'],
    ['CAST(small AS DECIMAL(39, 2))', 'SQL_TYPE: DECIMAL(39, 2): 39 is not within 1 … 38 @ DECIMAL(39, 2)'],
    ['small IN (SELECT 1, 2)', 'SQL_TYPE: the sub-query must have 1 column, not 2 @ small IN (SELECT 1, 2)'],
    ['(SELECT max(x.price) FROM trades x WHERE x.price < trades.price) > 1', 'SQL_UNSUPPORTED: a sub-query that names a column of the query around it in a comparison other than =, beneath an aggregate or in the place of a value, is not supported; name it in WHERE, compared with =, or write a join @ (SELECT max(x.price) FROM trades x WHERE x.price < trades.price)'],
    ['upper(DISTINCT symbol)', 'SQL_ARGUMENTS: upper is no aggregate function and takes no DISTINCT @ upper(DISTINCT symbol)'],
    ['sum(*)', 'SQL_ARGUMENTS: sum(*): only count takes * @ sum(*)'],
  ])('%s', async (expression, error) => expect(await errorOf(expression)).toBe(error))

  it('say when nothing can be named', async () => {
    expect(await failure('SELECT symbol')).toBe('SQL_COLUMN_UNKNOWN: no column `symbol`: there is no FROM @ symbol')
    expect(await failure('SELECT * FROM trade')).toBe('SQL_TABLE_UNKNOWN: no table or view `trade` @ trade ? trades')
  })

  it('reach into rows', async () => {
    expect(await columns('SELECT place.city, t.place.at.x, t.place.at FROM trades AS t')).toEqual(['city STRING', 'x INT', 'at ROW<x INT, y INT>'])
  })
})
