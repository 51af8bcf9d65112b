import { describe, expect, test } from 'vitest'
import type { SqlExpression } from './ast.js'
import { expression, printExpression, query, shape, withoutSpans } from './print.test.kit.js'

describe('precedence', () => {
  test.each([
    ['a OR b AND c', '(a OR (b AND c))'],
    ['a AND b OR c AND d', '((a AND b) OR (c AND d))'],
    ['a AND b AND c', '((a AND b) AND c)'],
    ['a AND (b AND c)', '(a AND (b AND c))'],
    ['a OR (b OR c) OR d', '((a OR (b OR c)) OR d)'],
    ['NOT a AND b', '((NOT a) AND b)'],
    ['NOT a = b', '(NOT (a = b))'],
    ['NOT (a) AND b', '((NOT a) AND b)'],
    ['NOT NOT a', '(NOT (NOT a))'],
    ['a = b IS NULL', '((a = b) IS NULL)'],
    ['a IS NULL = b', '((a IS NULL) = b)'],
    ['a IS NULL IS NOT NULL', '((a IS NULL) IS NOT NULL)'],
    ['a = b = c', '((a = b) = c)'],
    ['a < b <> c', '((a < b) <> c)'],
    ['a != b', '(a <> b)'],
    ['a = b LIKE c', '(a = (b LIKE c))'],
    ['a BETWEEN b AND c AND d', '((a BETWEEN b AND c) AND d)'],
    ['a BETWEEN b + 1 AND c * 2 OR d', '((a BETWEEN (b + 1) AND (c * 2)) OR d)'],
    ['a NOT BETWEEN b AND c = d', '((a NOT BETWEEN b AND c) = d)'],
    ['a BETWEEN SYMMETRIC b AND c', '(a BETWEEN SYMMETRIC b AND c)'],
    ['a IN (b, c + 1) IS TRUE', '((a IN (b, (c + 1))) IS TRUE)'],
    ['a + b NOT IN (c)', '((a + b) NOT IN (c))'],
    ['a LIKE \'x\' || \'%\'', '(a LIKE (\'x\' || \'%\'))'],
    ['a NOT LIKE b || c ESCAPE d || e', '(a NOT LIKE (b || c) ESCAPE (d || e))'],
    ['a ILIKE b AND c SIMILAR TO d', '((a ILIKE b) AND (c SIMILAR TO d))'],
    ['a ~ b OR a !~* c', '((a ~ b) OR (a !~* c))'],
    ['a IS DISTINCT FROM b OR c', '((a IS DISTINCT FROM b) OR c)'],
    ['a + 1 IS NOT DISTINCT FROM b = c', '((a + 1) IS NOT DISTINCT FROM (b = c))'],
    ['a IS NOT TRUE AND b IS UNKNOWN', '((a IS NOT TRUE) AND (b IS UNKNOWN))'],
    ['a || b + c', '(a || (b + c))'],
    ['a + b || c || d', '(((a + b) || c) || d)'],
    ['a || b -> c ->> d', '(((a || b) -> c) ->> d)'],
    ['a - b - c', '((a - b) - c)'],
    ['a - b * c % d / e + f', '((a - (((b * c) % d) / e)) + f)'],
    ['-a * b', '((- a) * b)'],
    ['a - -b', '(a - (- b))'],
    ['- - a', '(- (- a))'],
    ['-a::INT', '(- CAST(a AS INT))'],
    ['a + b::BIGINT::STRING', '(a + CAST(CAST(b AS BIGINT) AS STRING))'],
    ['2>round(1)and 3>2', '((2 > round(1)) AND (3 > 2))'],
    ['(a, b) = (c, d)', '(ROW(a, b) = ROW(c, d))'],
    ['((a))', 'a'],
    ['a AND b BETWEEN c AND d AND e', '((a AND (b BETWEEN c AND d)) AND e)'],
    ['CASE WHEN a OR b AND c THEN d ELSE e END + 1', '(CASE WHEN (a OR (b AND c)) THEN d ELSE e END + 1)'],
    ['EXISTS (SELECT 1) AND NOT EXISTS (SELECT 2)', '(EXISTS (SELECT 1) AND (NOT EXISTS (SELECT 2)))'],
  ])('%s', (text, expected) => {
    expect(shape(text)).toBe(expected)
  })
})

describe('literals', () => {
  test.each<[string, object]>([
    ['99999999999999.9999', { type: 'decimal', text: '99999999999999.9999' }],
    ['123456789012345678901234567890', { type: 'integer', text: '123456789012345678901234567890' }],
    ['1.50', { type: 'decimal', text: '1.50' }],
    ['.5', { type: 'decimal', text: '0.5' }],
    ['1e10', { type: 'float', text: '1e10' }],
    ['1.5E-3', { type: 'float', text: '1.5E-3' }],
    ['\'it\'\'s\'', { type: 'string', text: 'it\'s' }],
    ['\'a\\nb\\\\\'', { type: 'string', text: 'a\\nb\\\\' }],
    ['\'\'', { type: 'string', text: '' }],
    ['\'\'\'\'', { type: 'string', text: '\'' }],
    ['\'-- no comment /* \'', { type: 'string', text: '-- no comment /* ' }],
    ['\';\'', { type: 'string', text: ';' }],
    ['\'ab\'\n\'cd\'', { type: 'string', text: 'abcd' }],
    ['\'m0 $& Grüße 😀\'', { type: 'string', text: 'm0 $& Grüße 😀' }],
    ['E\'a\\n\\\'b\\u00e9\\\\\'\'\'', { type: 'string', text: 'a\n\'bé\\\'' }],
    ['U&\'\\00e9\\+01f600\\\\\'', { type: 'string', text: 'é😀\\' }],
    ['N\'x\'', { type: 'string', text: 'x' }],
    ['X\'0AfF\'', { type: 'bytes', text: '0aff' }],
    ['DATE \'2026-01-01\'', { type: 'date', text: '2026-01-01' }],
    ['TIME \'10:00\'', { type: 'time', text: '10:00' }],
    ['TIMESTAMP \'2026-01-01 00:00:00\'', { type: 'timestamp', text: '2026-01-01 00:00:00' }],
    ['INTERVAL \'5\' MINUTE', { type: 'interval', text: '5', unit: 'MINUTE' }],
    ['INTERVAL \'5\' SECOND(3)', { type: 'interval', text: '5', unit: 'SECOND' }],
    ['INTERVAL \'1 2\' DAY TO HOUR', { type: 'interval', text: '1 2', unit: 'DAY TO HOUR' }],
    ['INTERVAL \'10:30\' HOUR TO MINUTE', { type: 'interval', text: '10:30', unit: 'HOUR TO MINUTE' }],
    ['INTERVAL \'1-6\' YEAR TO MONTH', { type: 'interval', text: '1-6', unit: 'YEAR TO MONTH' }],
    ['INTERVAL -\'5\' DAYS', { type: 'interval', text: '-5', unit: 'DAY' }],
    ['INTERVAL \'5 minutes\'', { type: 'interval', text: '5', unit: 'MINUTE' }],
    ['INTERVAL 10 SECONDS', { type: 'interval', text: '10', unit: 'SECOND' }],
    ['NULL', { type: 'null' }],
    ['true', { type: 'boolean', value: true }],
  ])('%s', (text, expected) => {
    expect(withoutSpans(expression(text))).toEqual({ kind: 'literal', ...expected })
  })

  test('TIMESTAMP_LTZ literals are casts', () => {
    expect(shape('TIMESTAMP_LTZ \'2026-01-01\'')).toBe('CAST(\'2026-01-01\' AS TIMESTAMP_LTZ)')
    expect(shape('TIMESTAMP WITH LOCAL TIME ZONE \'2026-01-01\'')).toBe('CAST(\'2026-01-01\' AS TIMESTAMP_LTZ)')
  })
})

describe('names', () => {
  test('keywords that other engines reserve are columns', () => {
    const words = ['value', 'timestamp', 'date', 'time', 'user', 'price', 'count', 'key', 'name', 'type', 'day', 'hour', 'ts', 'interval', 'offset', 'partition', 'window', 'row', 'array', 'map', 'year', 'index', 'replace', 'percent', 'rank', 'first', 'set', 'table', 'emit', 'session', 'size', 'current', 'any', 'position', 'trim']
    for (const word of words) {
      expect(shape(word)).toBe(word)
      expect(shape(`t.${word} + 1`)).toBe(`(t.${word} + 1)`)
      expect(printExpression((query(`SELECT 1 FROM t WHERE ${word} > 1`).body as { where: SqlExpression }).where)).toBe(`(${word} > 1)`)
    }
  })

  test('quoted names keep what is in them', () => {
    expect(withoutSpans(expression('`a b`."c""d".`select`.from'))).toEqual({
      kind: 'column',
      path: [{ text: 'a b', quoted: true }, { text: 'c"d', quoted: true }, { text: 'select', quoted: true }, { text: 'from', quoted: false }],
    })
  })

  test('a quoted CURRENT_DATE is a column, a bare one a call', () => {
    expect(expression('"CURRENT_DATE"').kind).toBe('column')
    expect(expression('CURRENT_DATE')).toMatchObject({ kind: 'call', args: [] })
    expect(expression('CURRENT_TIMESTAMP(3)')).toMatchObject({ kind: 'call', args: [{ text: '3' }] })
  })

  test.each([['a.b.c', 'a.b.c'], ['(a).b', '(a).b'], ['a.b[1].c', '((a.b)[1]).c'], ['m[\'k\'][2]', '((m)[\'k\'])[2]'], ['f(x).y', '(f(x)).y']])('%s', (text, expected) => {
    expect(shape(text)).toBe(expected)
  })
})

describe('calls', () => {
  test.each([
    ['f()', 'f()'],
    ['count(*)', 'count(*)'],
    ['count(DISTINCT a, b)', 'count(DISTINCT a, b)'],
    ['sum(ALL a)', 'sum(a)'],
    ['"Sum"(a)', '"Sum"(a)'],
    ['left(s, 2) || right(s, 1)', '(left(s, 2) || right(s, 1))'],
    ['if(a, b, c)', 'if(a, b, c)'],
    ['replace(a, \'x\', \'y\')', 'replace(a, \'x\', \'y\')'],
    ['EXTRACT(YEAR FROM a + b)', 'EXTRACT(\'year\', (a + b))'],
    ['extract(\'dow\' FROM a)', 'extract(\'dow\', a)'],
    ['SUBSTRING(s FROM 2 FOR 3)', 'SUBSTRING(s, 2, 3)'],
    ['SUBSTRING(s FROM 2)', 'SUBSTRING(s, 2)'],
    ['SUBSTRING(s FOR 3)', 'SUBSTRING(s, 1, 3)'],
    ['SUBSTRING(s, 2, 3)', 'SUBSTRING(s, 2, 3)'],
    ['POSITION(a || b IN c)', 'POSITION((a || b), c)'],
    ['TRIM(s)', 'TRIM(s)'],
    ['TRIM(BOTH \'x\' FROM s)', 'TRIM(s, \'x\')'],
    ['TRIM(LEADING FROM s)', 'trim_leading(s)'],
    ['TRIM(TRAILING \'x\' FROM s)', 'trim_trailing(s, \'x\')'],
    ['TRIM(\'x\' FROM s)', 'TRIM(s, \'x\')'],
    ['OVERLAY(a PLACING b FROM 1 FOR 2)', 'OVERLAY(a, b, 1, 2)'],
    ['CEIL(ts TO DAY)', 'CEIL(ts, \'day\')'],
    ['FLOOR(x)', 'FLOOR(x)'],
    ['TIMESTAMPADD(DAY, 1, ts)', 'TIMESTAMPADD(\'day\', 1, ts)'],
    ['TIMESTAMPDIFF(SQL_TSI_HOUR, a, b)', 'TIMESTAMPDIFF(\'hour\', a, b)'],
    ['ts AT TIME ZONE \'UTC\'', 'timezone(\'UTC\', ts)'],
    ['JSON_VALUE(a, \'$.x\')', 'JSON_VALUE(a, \'$.x\')'],
    ['JSON_VALUE(a, \'$.x\' RETURNING INT NULL ON EMPTY)', 'TRY_CAST(JSON_VALUE(a, \'$.x\') AS INT)'],
    ['JSON_OBJECT(\'k\' VALUE v, KEY \'l\' VALUE 2)', 'JSON_OBJECT(\'k\', v, \'l\', 2)'],
    ['a IS JSON', 'is_json(a)'],
    ['a IS NOT JSON', '(NOT is_json(a))'],
    ['CAST(a AS DECIMAL(10, 2))', 'CAST(a AS DECIMAL(10, 2))'],
    ['TRY_CAST(a AS ROW<x INT, y ARRAY<STRING>>)', 'TRY_CAST(a AS ROW<x INT, y ARRAY<STRING>>)'],
    ['ARRAY[1, 2]', 'ARRAY[1, 2]'],
    ['ARRAY[]', 'ARRAY[]'],
    ['MAP[\'a\', 1, \'b\', 2]', 'MAP[\'a\', 1, \'b\', 2]'],
    ['ROW(1, a)', 'ROW(1, a)'],
    ['sum(a) FILTER (WHERE b > 1 OR c AND d)', 'sum(a) FILTER (WHERE ((b > 1) OR (c AND d)))'],
    ['string_agg(a, \',\' ORDER BY b DESC, c)', 'string_agg(a, \',\' ORDER BY b DESC, c ASC)'],
    ['listagg(a, \',\') WITHIN GROUP (ORDER BY b)', 'listagg(a, \',\' ORDER BY b ASC)'],
    ['lag(a, 1) IGNORE NULLS OVER (ORDER BY b)', 'lag(a, 1) IGNORE NULLS OVER (ORDER BY b ASC)'],
    ['lag(a IGNORE NULLS) OVER (ORDER BY b)', 'lag(a) IGNORE NULLS OVER (ORDER BY b ASC)'],
    ['first_value(a) RESPECT NULLS OVER w', 'first_value(a) OVER (w)'],
    ['row_number() OVER ()', 'row_number() OVER ()'],
    ['sum(a) OVER (PARTITION BY b, c ORDER BY d NULLS LAST ROWS 5 PRECEDING)', 'sum(a) OVER (PARTITION BY b, c ORDER BY d ASC NULLS LAST ROWS BETWEEN 5 PRECEDING AND CURRENT ROW)'],
    ['sum(a) OVER (w RANGE BETWEEN INTERVAL \'1\' HOUR PRECEDING AND UNBOUNDED FOLLOWING)', 'sum(a) OVER (w RANGE BETWEEN INTERVAL \'1\' HOUR PRECEDING AND UNBOUNDED FOLLOWING)'],
    ['TUMBLE_START(ts, INTERVAL \'1\' MINUTE)', 'TUMBLE_START(ts, INTERVAL \'1\' MINUTE)'],
    ['a = ANY (SELECT b FROM t)', '(a IN (SELECT b FROM t))'],
    ['a <> ALL (SELECT b FROM t)', '(a NOT IN (SELECT b FROM t))'],
    ['(SELECT max(a) FROM t) + 1', '((SELECT max(a) FROM t) + 1)'],
    ['((SELECT 1) + 1)', '((SELECT 1) + 1)'],
    ['a IN ((SELECT 1) UNION (SELECT 2))', '(a IN ((SELECT 1) UNION (SELECT 2)))'],
    ['CASE a WHEN 1 THEN b WHEN 2 THEN c END', 'CASE a WHEN 1 THEN b WHEN 2 THEN c END'],
  ])('%s', (text, expected) => {
    expect(shape(text)).toBe(expected)
  })
})

describe('spans', () => {
  const spans = (text: string, node: SqlExpression): string => text.slice(node.span.start, node.span.end)

  test.each(['a', 'f( x )', 'sum(a) FILTER (WHERE b) OVER (ORDER BY c)', '(a + b) * c', 'a + ( b )', 'a IS NOT NULL', 'a IN (1, 2 )', 'CASE a WHEN 1 THEN 2 END', 'a[ 1 ]', 'a::DECIMAL(3, 1)', 'NOT ( a )', '- a', 'x BETWEEN 1 AND ( 2 )', '"a b".c', '\'it\'\'s\'', 'DATE \'2026-01-01\'', 'INTERVAL \'1\' DAY', 'a LIKE b ESCAPE \'x\'', '(SELECT 1)', 'a AND b OR c'])('%s is the whole of itself', (text) => {
    const full = `SELECT  ${text}  AS z FROM t`
    const { body } = query(full)
    const item = body.kind === 'select' ? body.items[0] : undefined
    expect(item?.kind === 'expression' && spans(full, item.expression)).toBe(text)
  })

  test('parts have their own', () => {
    const text = 'SELECT f(x, (y + 1)) = \'z\' AND b'
    const node = expression(text.slice(7)) as Extract<SqlExpression, { kind: 'binary' }>
    const equals = node.left as Extract<SqlExpression, { kind: 'binary' }>
    const call = equals.left as Extract<SqlExpression, { kind: 'call' }>
    expect([node, equals, call, call.args[0]!, call.args[1]!, equals.right, node.right].map((part) => spans(text, part))).toEqual([
      'f(x, (y + 1)) = \'z\' AND b', 'f(x, (y + 1)) = \'z\'', 'f(x, (y + 1))', 'x', '(y + 1)', '\'z\'', 'b',
    ])
  })
})
