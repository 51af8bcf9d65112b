import { MillraceError, type Value } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { memoryConnector } from './memory-connector.js'
import { simulate } from './simulate.js'

/** What one query may take, in milliseconds, on a machine that does other things too. */
const TIME_MS_MAX = 10_000

async function outcome(sql: string, rows: readonly (readonly Value[])[] = [['x']]): Promise<string> {
  const connectors = [memoryConnector({ tables: { t: { rows: rows.map((row) => [...row]), splits: 1 } } })]
  const start = performance.now()
  try {
    const { folded } = await simulate({ sql: `CREATE TABLE t (s STRING) WITH ('connector' = 'memory'); ${sql}`, connectors, workers: 1 })
    return JSON.stringify(folded, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    return error.code
  } finally {
    expect(performance.now() - start, sql.slice(0, 80)).toBeLessThan(TIME_MS_MAX)
  }
}

describe('values that would be too large', () => {
  it.each([
    "repeat('x', 1000000000)", "lpad('x', 1000000000, 'y')", "rpad(s, 2000000000, 'y')", "repeat(repeat(s, 60000000), 60000000)", "regexp_replace(repeat('a', 10000), 'a', repeat('b', 60000), 'g')",
    "replace(repeat('a', 100000), 'a', repeat('b', 100000))", "CAST('1e999999999' AS DECIMAL(38, 2))", "CAST('1e999999999' AS BIGINT)", "CAST(repeat('9', 1000000) AS BIGINT)", "CAST(repeat('9', 1000000) AS DECIMAL(38, 0))",
    "CAST('99999999999999999999' AS BIGINT)", "split_part(s, repeat('x', 1000000000), 1)", "concat(repeat(s, 60000000), repeat(s, 60000000))", "repeat(s, 60000000) || repeat(s, 60000000)",
  ])('%s is refused', async (expression) => {
    expect(await outcome(`SELECT length(CAST(${expression} AS STRING)) FROM t`)).toMatch(/^(?:FUNCTION_ARGUMENT|NUMERIC_OVERFLOW|CAST_FAILED)$/)
  })

  it('a number of any length is one of DOUBLE, or none', async () => {
    expect(await outcome("SELECT TRY_CAST(repeat('9', 1000000) AS BIGINT), TRY_CAST('1e999999999' AS DECIMAL(10, 2)), TRY_CAST(concat('0.', repeat('0', 1000000), '1') AS DOUBLE) FROM t")).toBe('[[null,null,0]]')
  })

  it('sums of texts are refused too', async () => {
    expect(await outcome("SELECT length(string_agg(repeat(s, 40000000), ',')) FROM t", [['x'], ['y']])).toBe('FUNCTION_ARGUMENT')
    expect(await outcome("SELECT length(array_join(ARRAY[repeat(s, 40000000), repeat(s, 40000000)], ',')) FROM t")).toBe('FUNCTION_ARGUMENT')
    expect(await outcome("SELECT length(concat_ws(',', repeat(s, 40000000), repeat(s, 40000000))) FROM t")).toBe('FUNCTION_ARGUMENT')
  })

  it('a series ends', async () => {
    expect(await outcome('SELECT count(*) FROM (SELECT n FROM generate_series(1, 4000000000) AS g (n) LIMIT 3)')).toMatch(/FUNCTION_ARGUMENT|3n/)
    expect(await outcome("SELECT cardinality(array_repeat(s, 1000000000)) FROM t")).toMatch(/^(?:FUNCTION_ARGUMENT|SQL_FUNCTION_UNKNOWN)$/)
  })

  it('JSON that is nested without end is no JSON, and no stack overflows', async () => {
    for (const text of ['['.repeat(1_000_000), `${'['.repeat(200_000)}${']'.repeat(200_000)}`, `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`]) {
      for (const call of ["json_value(s, '$.a')", "json_query(s, '$.a')", "s IS JSON", "json_exists(s, '$[0]')", "CAST(json_value(s, '$[0][0]') AS STRING)"]) {
        expect(await outcome(`SELECT ${call} FROM t`, [[text]])).toMatch(/^(?:FUNCTION_ARGUMENT|CAST_FAILED|SQL_\w+|\[\[.*\]\])$/)
      }
    }
    expect(await outcome(`SELECT json_value(s, '$${'.a'.repeat(100_000)}') FROM t`)).toMatch(/^(?:FUNCTION_ARGUMENT|SQL_TOO_COMPLEX|\[\[null\]\])$/)
  })
})

describe('SQL that is too large', () => {
  it.each([
    ['parentheses', `SELECT ${'('.repeat(50_000)}1${')'.repeat(50_000)}`], ['calls', `SELECT ${'abs('.repeat(20_000)}1${')'.repeat(20_000)}`], ['sub-queries', `SELECT * FROM ${'(SELECT * FROM '.repeat(5_000)}t${')'.repeat(5_000)}`],
    ['additions', `SELECT 1${' + 1'.repeat(100_000)}`], ['conditions', `SELECT 1 FROM t WHERE s = 'a'${" OR s = 'a'".repeat(50_000)}`], ['unions', `SELECT 1${' UNION ALL SELECT 1'.repeat(20_000)}`],
    ['NOTs', `SELECT ${'NOT '.repeat(50_000)}true`], ['minus signs', `SELECT ${'- '.repeat(50_000)}1`], ['characters', `SELECT '${'x'.repeat(1_100_000)}'`], ['arrays', `SELECT ${'ARRAY['.repeat(10_000)}1${']'.repeat(10_000)}`],
    ['types', `SELECT CAST(NULL AS ${'ARRAY<'.repeat(10_000)}INT${'>'.repeat(10_000)})`], ['CASEs', `SELECT ${'CASE WHEN true THEN '.repeat(10_000)}1${' END'.repeat(10_000)}`], ['casts', `SELECT 1${'::INT'.repeat(50_000)}`],
    ['CUBEs', `SELECT count(*) FROM t GROUP BY CUBE (${Array.from({ length: 30 }, (_, i) => `s || '${i}'`).join(', ')})`],
  ])('is refused: %s', async (_, sql) => {
    expect(await outcome(sql)).toMatch(/^SQL_TOO_COMPLEX$|^SQL_SYNTAX$/)
  })
})
