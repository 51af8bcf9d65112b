import { describe, expect, test } from 'vitest'
import { MillraceError } from '../errors.js'
import { parseScript } from './parse-script.js'
import { explainPlace, locateError } from './place.js'

function failure(text: string): MillraceError {
  try {
    parseScript(text)
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error(`parsed: ${text}`)
}

/** The code, the text under the caret and the message. */
function told(text: string): string[] {
  const { code, message, details } = failure(text)
  return [code, text.slice(details.span!.start, details.span!.end), message]
}

describe('syntax errors', () => {
  test.each([
    ['SELECT FROM t', 'FROM', 'expected an expression before `FROM`'],
    ['SELECT a FROM', '', 'expected the name of a table before the end of the text'],
    ['SELECT a FROM t WHERE', '', 'expected an expression before the end of the text'],
    ['SELECT a, FROM t', 'FROM', 'expected an expression before `FROM`'],
    ['SELECT (a + FROM t', 'FROM', 'expected an expression before `FROM`'],
    ['SELECT (a + b FROM t', 'FROM', 'expected ) before `FROM`'],
    ['SELECT f(a, b FROM t', 'FROM', 'expected ) before `FROM`'],
    ['SELECT a b c FROM t', 'c', 'expected `;` or the end of the statement before `c`'],
    ['SELECT a FROM t GROUP a', 'a', 'expected BY before `a`'],
    ['SELECT a FROM t JOIN u', '', 'expected ON or USING before the end of the text'],
    ['SELECT a FROM t WHERE a = NOT b', 'NOT', 'expected an expression (put NOT … in parentheses) before `NOT`'],
    ['SELECT a FROM t WHERE a BETWEEN 1 OR 2', 'OR', 'expected AND before `OR`'],
    ['SELECT CASE WHEN a THEN b FROM t', 'FROM', 'expected WHEN, ELSE or END before `FROM`'],
    ['SELECT a IS 5', '5', 'expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM after IS before `5`'],
    ['SELECT 12abc', '12abc', '`12abc` is neither a number nor a name'],
    ['SELECT \'abc', '\'', 'this string is never closed: expected \''],
    ['SELECT "abc', '"', 'this name is never closed: expected "'],
    ['SELECT 1 /* abc', '/*', 'this comment is never closed'],
    ['SELECT \'a\' \'b\'', '\'b\'', 'expected an operator between two strings before `\'b\'`'],
    ['SELECT a FROM t LIMIT 1 LIMIT 2', 'LIMIT', 'LIMIT is given twice'],
    ['SELECT a FROM t)', ')', 'expected `;` or the end of the statement before `)`'],
    ['SELECT a §', '§', 'the character `§` has no meaning here'],
    ['SELECT MAP[1]', 'MAP[1]', 'a map takes a value for each key: MAP[key, value, …]'],
    ['SELECT INTERVAL \'5\'', '', 'expected a unit: INTERVAL \'5\' MINUTE before the end of the text'],
    ['INSERT INTO t', '', 'expected a query before the end of the text'],
    ['SELECT x FROM t WHERE x IN ()', ')', 'expected an expression before `)`'],
    ['SELECT count(a b)', 'b', 'expected ) before `b`'],
    ['SELECT order FROM t', 'order', 'expected an expression before `order`'],
  ])('%s', (text, under, message) => {
    expect(told(text)).toEqual(['SQL_SYNTAX', under, message])
  })

  test.each([
    ['SELCT a FROM t', 'SELCT', 'SELECT'], ['CRATE TABLE t (a INT)', 'CRATE', 'CREATE'], ['INSRT INTO t SELECT 1', 'INSRT', 'INSERT'], ['SELECT a FORM t', 'FORM', 'FROM'],
    ['SELECT a FROM t WEHRE a = 1', 'WEHRE', 'WHERE'], ['SELECT a FROM t GRUOP BY a', 'GRUOP', 'GROUP BY'], ['SELECT a FROM t ODRER BY a', 'ODRER', 'ORDER BY'],
    ['SELECT a FROM t GROUP BY a HAVNG a > 1', 'HAVNG', 'HAVING'], ['SELECT a FROM t LIMTI 5', 'LIMTI', 'LIMIT'], ['SELECT a FROM t EMIT CHANGE', 'CHANGE', 'CHANGES'],
    ['CREATE TABEL t (a INT)', 'TABEL', 'TABLE'], ['SHOW TABLE', 'TABLE', 'TABLES'], ['SELECT a FROM t ORDER BY a NULLS FRIST', 'FRIST', 'FIRST'], ['EXPLIAN SELECT 1', 'EXPLIAN', 'EXPLAIN'],
    ['SELECT a FROM t WINDOW TUMBLNG (SIZE 1 DAY)', 'TUMBLNG', 'TUMBLING'], ['SELECT CAST(a AS INTEGR)', 'INTEGR', 'INTEGER'], ['SELECT a FROM t JION u ON TRUE', 'JION', 'JOIN'],
  ])('%s: did you mean', (text, under, suggestion) => {
    const { details } = failure(text)
    expect([text.slice(details.span!.start, details.span!.end), details.suggestion]).toEqual([under, suggestion])
  })

  test.each([
    ['SELECT a & b', 'bitand'], ['SELECT a ^ b', 'power'], ['SELECT ?', '${name}'], ['SELECT $1', '${name}'], ['SELECT @x', '${name}'], ['SELECT B\'01\'', 'bit strings'],
    ['UPDATE t SET a = 1', 'PRIMARY KEY'], ['ALTER TABLE t ADD a INT', 'create it anew'], ['INSERT OVERWRITE t SELECT 1', 'INSERT INTO'], ['WITH RECURSIVE a AS (SELECT 1) SELECT 1', 'RECURSIVE'],
    ['SELECT DISTINCT ON (a) a FROM t', 'ROW_NUMBER'], ['SELECT a COLLATE "C"', 'UTF-8'], ['SELECT * FROM a.b.t', 'one part'], ['SELECT x.f(a)', 'one part'], ['SELECT a > ALL (SELECT 1)', 'minimum or maximum'],
    ['SELECT a = ANY (b)', 'array_contains'], ['SELECT a[1:2]', 'array_slice'], ['SELECT f(x => 1)', 'in order'], ['SELECT sum(a) OVER (ORDER BY b GROUPS 1 PRECEDING)', 'ROWS or RANGE'],
    ['SELECT * FROM t MATCH_RECOGNIZE (x)', 'LAG and LEAD'], ['SELECT * FROM t TABLESAMPLE (5)', 'rand()'], ['SELECT * FROM a ASOF JOIN b ON TRUE', 'FOR SYSTEM_TIME'], ['SELECT a FROM t LIMIT 1, 2', 'LIMIT n OFFSET m'],
    ['SELECT JSON_VALUE(a, \'$\' DEFAULT 1 ON EMPTY)', 'COALESCE'], ['TABLE t', 'statement'], ['SELECT 1 UNION TABLE t', 'SELECT * FROM t'], ['SELECT a INTO b FROM t', 'INSERT INTO'],
    ['SELECT * FROM (a JOIN b ON TRUE) AS c', 'no alias'], ['SELECT * FROM t AS x (a, b)', 'needs a query'], ['SELECT (r).* FROM t', 'one by one'],
  ])('%s says what to do instead', (text, advice) => {
    const { code, message } = failure(text)
    expect(message).toContain(advice)
    expect(['SQL_UNSUPPORTED', 'SQL_SYNTAX']).toContain(code)
  })
})

describe('limits', () => {
  test('nesting', () => {
    for (const [open, close] of [['(', ')'], ['f(', ')'], ['NOT ', ''], ['- ', ''], ['CASE WHEN ', ' THEN 1 END'], ['(SELECT ', ')'], ['ARRAY[', ']'], ['CAST(', ' AS INT)'], ['a IN (', ')'], ['f(1 + (b AND ', '))']] as const) {
      expect(failure(`SELECT ${open.repeat(200)}1${close.repeat(200)}`).code).toBe('SQL_TOO_COMPLEX')
      const deep = open.includes('(b') ? 50 : 100
      expect(parseScript(`SELECT ${open.repeat(deep)}1${close.repeat(deep)}`).statements).toHaveLength(1)
    }
    expect(failure(`SELECT * FROM ${'('.repeat(200)}t${')'.repeat(200)}`).code).toBe('SQL_TOO_COMPLEX')
    expect(failure(`SELECT CAST(a AS ${'ARRAY<'.repeat(200)}INT${'>'.repeat(200)})`).code).toBe('SQL_TOO_COMPLEX')
    expect(failure('('.repeat(100_000)).code).toBe('SQL_TOO_COMPLEX')
  })

  test('length', () => {
    expect(failure(`SELECT '${'x'.repeat(1_000_000)}'`).code).toBe('SQL_TOO_COMPLEX')
    expect(parseScript(`SELECT '${'x'.repeat(999_000)}'`).statements).toHaveLength(1)
  })

  test.each([' AND a = ', ' OR a > ', ' + ', ' || ', ' - - ', ' = '])('chains of 1,000 joined by "%s" take no exponential time, and there is an end', (link) => {
    const started = performance.now()
    expect(parseScript(`SELECT a ${`${link} b`.repeat(1_000)}`).statements).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(failure(`SELECT a ${`${link} b`.repeat(3_000)}`).code).toBe('SQL_TOO_COMPLEX')
  })

  test('other long texts take no exponential time', () => {
    const started = performance.now()
    const long = [
      `SELECT a IN (${Array.from({ length: 20_000 }, (_, i) => i).join(', ')})`,
      `VALUES ${Array.from({ length: 8_000 }, (_, i) => `(${i}, 'x')`).join(', ')}`,
      `SELECT ${Array.from({ length: 1_000 }, (_, i) => `f(a${i}) + 1 AS x${i}`).join(', ')} FROM t`,
      `SELECT 1 ${' UNION ALL SELECT 2'.repeat(500)}`,
      `SELECT a${'[1]'.repeat(500)}${'::INT'.repeat(500)}${' IS NULL'.repeat(500)}`,
      `SELECT CASE ${'WHEN a = 1 THEN b '.repeat(1_000)} END`,
    ]
    for (const text of long) expect(parseScript(text).statements).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})

describe('places', () => {
  test('an error a person can act on', () => {
    const text = 'CREATE TABLE t (a INT);\n\nSELECT a,\n\tb FORM t -- x\n'
    const error = locateError(failure(text), text, 'trades.sql')
    expect(error.message).toBe('SQL_SYNTAX  trades.sql:4:4  `FORM` is not understood here\n  4 | \tb FORM t -- x\n      \t  ^^^^\n  did you mean `FROM`?')
    expect(error.details.place).toBe('trades.sql:4:4')
    expect(error.code).toBe('SQL_SYNTAX')
    expect(locateError(error, text, 'other.sql')).toBe(error)
  })

  test('alternatives come with their title', () => {
    const text = 'SELECT symbl FROM trades'
    const error = new MillraceError('SQL_COLUMN_UNKNOWN', 'no column `symbl` in table `trades`', {
      span: { start: 7, end: 12 }, alternatives: ['symbol', 'price'], alternativesTitle: 'columns here', suggestion: 'symbol',
    })
    expect(locateError(error, text).message).toBe('SQL_COLUMN_UNKNOWN  1:8  no column `symbl` in table `trades`\n  1 | SELECT symbl FROM trades\n             ^^^^^\n  columns here: symbol, price.  did you mean `symbol`?')
  })

  test('an error without a span stays as it is', () => {
    const error = new MillraceError('USAGE', 'no')
    expect(locateError(error, 'x', 'f.sql')).toBe(error)
  })

  test.each<[string, number, number, string, string]>([
    ['abc', 0, 3, '1:1', '  1 | abc\n      ^^^'],
    ['abc', 3, 3, '1:4', '  1 | abc\n         ^'],
    ['', 0, 0, '1:1', '  1 | \n      ^'],
    ['a\r\nbc\r\nd', 3, 8, '2:1', '  2 | bc\n      ^^'],
    ['😀 x', 3, 4, '1:3', '  1 | 😀 x\n        ^'],
    ['a\n', 2, 2, '2:1', '  2 | \n      ^'],
    ['ab', 50, 60, '1:3', '  1 | ab\n        ^'],
  ])('%j from %d to %d', (text, start, end, place, excerpt) => {
    expect(explainPlace(text, { start, end })).toEqual({ place, excerpt })
  })

  test('long lines are cut round the span', () => {
    const { excerpt, place } = explainPlace(`${'x'.repeat(500)} HERE ${'y'.repeat(500)}`, { start: 501, end: 505 }, 'f')
    const [line, caret] = excerpt.split('\n') as [string, string]
    expect(place).toBe('f:1:502')
    expect(line.length).toBeLessThan(140)
    expect(line.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('HERE')
  })
})
