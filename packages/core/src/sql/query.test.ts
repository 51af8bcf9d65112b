import { describe, expect, test } from 'vitest'
import type { JoinSyntax, Select, TableExpression, WindowSyntax } from './ast.js'
import { printQuery, query, withoutSpans } from './print.test.kit.js'

/** The text of a query with everything explicit, checked to be the same query. */
function explicit(text: string): string {
  const tree = query(text)
  const printed = printQuery(tree)
  expect(withoutSpans(query(printed))).toEqual(withoutSpans(tree))
  return printed
}

function select(text: string): Select {
  const { body } = query(text)
  if (body.kind !== 'select') throw new Error('no SELECT')
  return body
}

function from(text: string): TableExpression {
  return select(`SELECT * FROM ${text}`).from!
}

describe('select', () => {
  test.each([
    ['SELECT a b, c AS "d e", *, t.* FROM t', 'SELECT a AS b, c AS "d e", *, t.* FROM t'],
    ['SELECT DISTINCT a FROM t', 'SELECT DISTINCT a FROM t'],
    ['SELECT ALL a FROM t', 'SELECT a FROM t'],
    ['SELECT 1 AS order, 2 AS from', 'SELECT 1 AS order, 2 AS from'],
    ['SELECT count(*) n, a OR b x FROM t', 'SELECT count(*) AS n, (a OR b) AS x FROM t'],
    ['SELECT a FROM t WHERE a OR b AND c GROUP BY a, b OR c HAVING sum(a) > 1 AND b QUALIFY row_number() OVER (ORDER BY a) = 1',
      'SELECT a FROM t WHERE (a OR (b AND c)) GROUP BY (a, (b OR c)) HAVING ((sum(a) > 1) AND b) QUALIFY (row_number() OVER (ORDER BY a ASC) = 1)'],
    ['SELECT a FROM t ORDER BY a DESC, b NULLS LAST, c ASC NULLS FIRST LIMIT 5 OFFSET 2', 'SELECT a FROM t ORDER BY a DESC, b ASC NULLS LAST, c ASC NULLS FIRST LIMIT 5 OFFSET 2'],
    ['SELECT a FROM t OFFSET 2 ROWS FETCH NEXT 5 ROWS ONLY', 'SELECT a FROM t LIMIT 5 OFFSET 2'],
    ['SELECT a FROM t FETCH FIRST ROW ONLY', 'SELECT a FROM t LIMIT 1'],
    ['SELECT a FROM t LIMIT ALL', 'SELECT a FROM t'],
    ['SELECT a FROM t EMIT CHANGES LIMIT 3', 'SELECT a FROM t LIMIT 3 EMIT CHANGES'],
    ['SELECT a FROM t EMIT FINAL', 'SELECT a FROM t EMIT FINAL'],
    ['SELECT sum(a) OVER w FROM t WINDOW w AS (PARTITION BY b), v AS (w ORDER BY c)', 'SELECT sum(a) OVER (w) FROM t WINDOW w AS (PARTITION BY b), v AS (w ORDER BY c ASC)'],
    ['SELECT a FROM t UNION SELECT b FROM u INTERSECT SELECT c FROM v', '(SELECT a FROM t) UNION ((SELECT b FROM u) INTERSECT (SELECT c FROM v))'],
    ['SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3', '((SELECT 1) UNION ALL (SELECT 2)) EXCEPT (SELECT 3)'],
    ['(SELECT 1) UNION DISTINCT (SELECT 2) ORDER BY 1', '(SELECT 1) UNION (SELECT 2) ORDER BY 1 ASC'],
    ['(SELECT 1 LIMIT 1) UNION ALL ((SELECT 2))', '((SELECT 1 LIMIT 1)) UNION ALL (SELECT 2)'],
    ['VALUES (1, \'a\'), (2 + 3, f(x))', 'VALUES (1, \'a\'), ((2 + 3), f(x))'],
    ['VALUES 1, 2', 'VALUES (1), (2)'],
    ['WITH a AS (SELECT 1), b (x, y) AS (SELECT 2, 3) SELECT * FROM a, b', 'WITH a AS (SELECT 1), b (x, y) AS (SELECT 2, 3) SELECT * FROM a CROSS JOIN b'],
    ['SELECT a FROM (VALUES (1)) AS t (a)', 'SELECT a FROM (VALUES (1)) AS t (a)'],
    ['SELECT (SELECT max(b) FROM u WHERE u.x = t.x) m FROM t', 'SELECT (SELECT max(b) FROM u WHERE (u.x = t.x)) AS m FROM t'],
    ['SELECT value, timestamp, count FROM t WHERE date > DATE \'2026-01-01\' GROUP BY key', 'SELECT value, timestamp, count FROM t WHERE (date > DATE \'2026-01-01\') GROUP BY (key)'],
    ['select a from t where a in (select b from u) and exists (select 1 from v)', 'SELECT a FROM t WHERE ((a IN (SELECT b FROM u)) AND EXISTS (SELECT 1 FROM v))'],
  ])('%s', (text, expected) => {
    expect(explicit(text)).toBe(expected)
  })
})

describe('grouping sets', () => {
  const sets = (text: string): unknown => {
    const { groupBy } = select(`SELECT 1 FROM t GROUP BY ${text}`)
    return [groupBy!.expressions.length, groupBy!.sets]
  }
  test.each([
    ['a, b', [2, [[0, 1]]]],
    ['(a, b), c', [3, [[0, 1, 2]]]],
    ['()', [0, [[]]]],
    ['(a + b) * c', [1, [[0]]]],
    ['(a) IS NULL', [1, [[0]]]],
    ['a, A', [1, [[0]]]],
    ['\'a\', \'A\'', [2, [[0, 1]]]],
    ['GROUPING SETS ((a, b), (a), ())', [2, [[0, 1], [0], []]]],
    ['GROUPING SETS (a, b)', [2, [[0], [1]]]],
    ['ROLLUP (a, b, c)', [3, [[0, 1, 2], [0, 1], [0], []]]],
    ['CUBE (a, b)', [2, [[0, 1], [0], [1], []]]],
    ['ROLLUP ((a, b), c)', [3, [[0, 1, 2], [0, 1], []]]],
    ['a, ROLLUP (b)', [2, [[0, 1], [0]]]],
    ['GROUPING SETS (ROLLUP (a), CUBE (b))', [2, [[0], [], [1], []]]],
    ['ROLLUP (a), ROLLUP (b)', [2, [[0, 1], [0], [1], []]]],
  ])('%s', (text, expected) => {
    expect(sets(text)).toEqual(expected)
  })
})

describe('joins', () => {
  test.each([
    ['a JOIN b ON a.x = b.x', 'a INNER JOIN b ON (a.x = b.x)'],
    ['a LEFT OUTER JOIN b USING (x, y)', 'a LEFT JOIN b USING (x, y)'],
    ['a RIGHT JOIN b ON TRUE FULL OUTER JOIN c ON x OR y', 'a RIGHT JOIN b ON TRUE FULL JOIN c ON (x OR y)'],
    ['a CROSS JOIN b', 'a CROSS JOIN b'],
    ['a NATURAL JOIN b', 'a NATURAL INNER JOIN b'],
    ['a NATURAL LEFT JOIN b', 'a NATURAL LEFT JOIN b'],
    ['a LEFT SEMI JOIN b ON a.x = b.x', 'a SEMI JOIN b ON (a.x = b.x)'],
    ['a SEMI JOIN b USING (x) ANTI JOIN c ON y', 'a SEMI JOIN b USING (x) ANTI JOIN c ON y'],
    ['a x LEFT ANTI JOIN b AS y ON x.i = y.i', 'a AS x ANTI JOIN b AS y ON (x.i = y.i)'],
    ['a, b, c', 'a CROSS JOIN b CROSS JOIN c'],
    ['a, b JOIN c ON x, d', 'a CROSS JOIN (b INNER JOIN c ON x) CROSS JOIN d'],
    ['a JOIN (b JOIN c ON x) ON y', 'a INNER JOIN (b INNER JOIN c ON x) ON y'],
    ['((a))', 'a'],
    ['(SELECT 1) x JOIN (SELECT 2) AS y (b) ON TRUE', '(SELECT 1) AS x INNER JOIN (SELECT 2) AS y (b) ON TRUE'],
    ['((SELECT 1) x JOIN b ON TRUE)', '(SELECT 1) AS x INNER JOIN b ON TRUE'],
    ['((SELECT 1) UNION (SELECT 2)) x', '((SELECT 1) UNION (SELECT 2)) AS x'],
    ['o LEFT JOIN r FOR SYSTEM_TIME AS OF o.ts AS r ON o.c = r.c', 'o LEFT JOIN r FOR SYSTEM_TIME AS OF o.ts AS r ON (o.c = r.c)'],
    ['o JOIN r FOR SYSTEM_TIME AS OF o.ts - INTERVAL \'1\' DAY ON TRUE', 'o INNER JOIN r FOR SYSTEM_TIME AS OF (o.ts - INTERVAL \'1\' DAY) ON TRUE'],
    ['a, LATERAL TABLE(f(a.x, 1)) AS t(y)', 'a CROSS JOIN LATERAL TABLE(f(a.x, 1)) AS t (y)'],
    ['a LEFT JOIN LATERAL TABLE(f(x)) AS t(y) ON TRUE', 'a LEFT JOIN LATERAL TABLE(f(x)) AS t (y) ON TRUE'],
    ['a JOIN LATERAL (SELECT * FROM b WHERE b.x = a.x) AS t ON TRUE', 'a INNER JOIN LATERAL (SELECT * FROM b WHERE (b.x = a.x)) AS t ON TRUE'],
    ['a CROSS JOIN UNNEST(a.xs) WITH ORDINALITY AS t (x, i)', 'a CROSS JOIN UNNEST(a.xs) WITH ORDINALITY AS t (x, i)'],
    ['a, UNNEST(ARRAY[1, 2]) u', 'a CROSS JOIN UNNEST(ARRAY[1, 2]) AS u'],
    ['TABLE(f(1)) t', 'TABLE(f(1)) AS t'],
    ['generate_series(1, 10) AS g (i)', 'TABLE(generate_series(1, 10)) AS g (i)'],
    ['tumble JOIN session ON TRUE', 'tumble INNER JOIN session ON TRUE'],
  ])('%s', (text, expected) => {
    expect(explicit(`SELECT * FROM ${text}`)).toBe(`SELECT * FROM ${expected}`)
  })

  test('a join spans its tables and its condition', () => {
    const text = 'SELECT * FROM a JOIN b ON (x) LEFT JOIN c USING (y) WHERE z'
    const outer = select(text).from as JoinSyntax
    expect(text.slice(outer.span.start, outer.span.end)).toBe('a JOIN b ON (x) LEFT JOIN c USING (y)')
    expect(text.slice(outer.left.span.start, outer.left.span.end)).toBe('a JOIN b ON (x)')
  })
})

describe('window table functions', () => {
  const window = (text: string): WindowSyntax & { data: string } => {
    const table = from(text) as Extract<TableExpression, { kind: 'window' }>
    expect(table.kind).toBe('window')
    explicit(`SELECT * FROM ${text}`)
    return { ...withoutSpans(table.window), data: table.input.kind === 'table' ? table.input.name.text : table.input.kind }
  }
  const MINUTE = 60_000_000
  const base = { time: { text: 'ts', quoted: false }, slideMicros: null, offsetMicros: 0, graceMicros: null, partitionBy: [], data: 't' }

  test.each<[string, object]>([
    ['TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE))', { kind: 'tumble', sizeMicros: MINUTE }],
    ['TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE) AS w', { kind: 'tumble', sizeMicros: MINUTE }],
    ['TABLE ( TUMBLE ( TABLE t , DESCRIPTOR ( ts ) , INTERVAL \'10\' SECOND , INTERVAL \'-3\' SECOND ) )', { kind: 'tumble', sizeMicros: 10_000_000, offsetMicros: -3_000_000 }],
    ['TABLE(TUMBLE(DATA => TABLE t, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL \'1\' HOUR))', { kind: 'tumble', sizeMicros: 60 * MINUTE }],
    ['TABLE(HOP(TABLE t, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE, INTERVAL \'5\' MINUTES))', { kind: 'hop', slideMicros: MINUTE, sizeMicros: 5 * MINUTE }],
    ['HOP(SIZE => INTERVAL \'5\' MINUTE, SLIDE => INTERVAL \'1\' MINUTE, DATA => TABLE t, TIMECOL => DESCRIPTOR(ts))', { kind: 'hop', slideMicros: MINUTE, sizeMicros: 5 * MINUTE }],
    ['CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL \'1\' HOUR, INTERVAL \'1\' DAY)', { kind: 'cumulate', slideMicros: 60 * MINUTE, sizeMicros: 1_440 * MINUTE }],
    ['SESSION(TABLE t, DESCRIPTOR(ts), INTERVAL \'30\' SECOND)', { kind: 'session', sizeMicros: 30_000_000 }],
    ['SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL \'30\' SECOND)', { kind: 'session', sizeMicros: 30_000_000, partitionBy: [expect.objectContaining({ kind: 'column' })] }],
    ['SESSION(TABLE t PARTITION BY (k, l), DESCRIPTOR(ts), INTERVAL \'30\' SECOND)', { kind: 'session', sizeMicros: 30_000_000, partitionBy: [expect.anything(), expect.anything()] }],
    ['SESSION(DATA => TABLE t PARTITION BY k, TIMECOL => DESCRIPTOR(ts), GAP => INTERVAL \'30\' SECOND)', { kind: 'session', sizeMicros: 30_000_000, partitionBy: [expect.anything()] }],
    ['TUMBLE((SELECT * FROM t), DESCRIPTOR(ts), INTERVAL \'1\' MINUTE)', { kind: 'tumble', sizeMicros: MINUTE, data: 'derived' }],
    ['TUMBLE(t, DESCRIPTOR(ts), INTERVAL \'0 00:01\' DAY TO MINUTE)', { kind: 'tumble', sizeMicros: MINUTE }],
  ])('%s', (text, expected) => {
    expect(window(text)).toEqual({ ...base, ...expected })
  })

  test.each([
    ['TUMBLE(TABLE t, DESCRIPTOR(ts))', 'SIZE is missing'],
    ['TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL \'1\' MONTH)', 'months and years differ in length'],
    ['TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL \'0\' MINUTE)', 'longer than nothing'],
    ['HOP(TABLE t, DESCRIPTOR(ts), INTERVAL \'5\' MINUTE, INTERVAL \'1\' MINUTE)', 'longer than the window'],
    ['CUMULATE(TABLE t, DESCRIPTOR(ts), INTERVAL \'7\' MINUTE, INTERVAL \'1\' HOUR)', 'whole number of steps'],
    ['TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE, INTERVAL \'1\' MINUTE, INTERVAL \'1\' MINUTE)', 'too many arguments'],
    ['TUMBLE(DATA => TABLE t, LENGTH => INTERVAL \'1\' MINUTE)', 'there is no argument LENGTH'],
    ['TUMBLE(TABLE t, ts, INTERVAL \'1\' MINUTE)', 'expected DESCRIPTOR'],
  ])('%s is refused', (text, message) => {
    expect(() => from(text)).toThrow(message)
  })
})

describe('the short form of windows', () => {
  const short = (text: string): WindowSyntax => {
    explicit(`SELECT a, window_start FROM t WINDOW ${text} GROUP BY a`)
    for (const whole of [`SELECT a FROM t WINDOW ${text} WHERE b GROUP BY a`, `SELECT a FROM t WHERE b GROUP BY a WINDOW ${text} HAVING c EMIT FINAL`]) {
      expect(withoutSpans(select(whole).window)).toEqual(withoutSpans(select(`SELECT a FROM t WINDOW ${text}`).window))
    }
    return withoutSpans(select(`SELECT a FROM t WINDOW ${text}`).window!)
  }
  const MINUTE = 60_000_000
  const base = { time: null, slideMicros: null, offsetMicros: 0, graceMicros: null, partitionBy: [] }

  test.each<[string, object]>([
    ['TUMBLING (SIZE 1 MINUTE)', { kind: 'tumble', sizeMicros: MINUTE }],
    ['TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 5 SECONDS)', { kind: 'tumble', sizeMicros: MINUTE, graceMicros: 5_000_000 }],
    ['TUMBLING(1m)', { kind: 'tumble', sizeMicros: MINUTE }],
    ['TUMBLING(500ms)', { kind: 'tumble', sizeMicros: 500_000 }],
    ['TUMBLING(ts, INTERVAL \'1\' MINUTE)', { kind: 'tumble', sizeMicros: MINUTE, time: { text: 'ts', quoted: false } }],
    ['TUMBLING(SIZE \'1 minute\')', { kind: 'tumble', sizeMicros: MINUTE }],
    ['TUMBLING(SIZE 1 HOUR, GRACE PERIOD 0 SECONDS)', { kind: 'tumble', sizeMicros: 60 * MINUTE, graceMicros: 0 }],
    ['HOPPING (SIZE 10 MINUTES, ADVANCE BY 30 SECONDS)', { kind: 'hop', sizeMicros: 10 * MINUTE, slideMicros: MINUTE / 2 }],
    ['HOPPING (ADVANCE BY 30 SECONDS, SIZE 10 MINUTES)', { kind: 'hop', sizeMicros: 10 * MINUTE, slideMicros: MINUTE / 2 }],
    ['HOPPING(10m, 1m)', { kind: 'hop', sizeMicros: 10 * MINUTE, slideMicros: MINUTE }],
    ['SLIDING(5 MINUTES, 1 MINUTE)', { kind: 'hop', sizeMicros: 5 * MINUTE, slideMicros: MINUTE }],
    ['SESSION (30 SECONDS)', { kind: 'session', sizeMicros: 30_000_000 }],
    ['SESSION(GAP 1h, GRACE PERIOD 1 DAY)', { kind: 'session', sizeMicros: 60 * MINUTE, graceMicros: 1_440 * MINUTE }],
  ])('%s', (text, expected) => {
    expect(short(text)).toEqual({ ...base, ...expected })
  })

  test.each([
    ['TUMBLNG (SIZE 1 MINUTE)', 'TUMBLNG'],
    ['TUMBLING (SIZE 1 MONTH)', 'months and years differ'],
    ['TUMBLING (SIZE 1)', 'expected a unit'],
    ['TUMBLING (GRACE PERIOD 1 DAY)', 'needs a size'],
    ['TUMBLING (SIZE 1 DAY, SIZE 2 DAYS)', 'given twice'],
    ['TUMBLING (SIZE 1 DAY, ADVANCE BY 1 HOUR)', 'only a hopping window'],
    ['HOPPING (SIZE 1 DAY)', 'needs its step'],
    ['HOPPING (SIZE 1 HOUR, ADVANCE BY 1 DAY)', 'longer than the window'],
    ['TUMBLING (SIZE 1 DAY, RETENTION 7 DAYS)', 'RETENTION is not supported'],
  ])('%s is refused', (text, message) => {
    expect(() => select(`SELECT a FROM t WINDOW ${text}`)).toThrow(message)
  })
})
