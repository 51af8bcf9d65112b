import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MillraceError } from '../errors.js'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import { parseScript } from './parse-script.js'

/** Whatever the text, the parser gives a script or an error of the user's with a span inside the text. */
function check(text: string): boolean {
  try {
    parseScript(text)
    return true
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code === 'INTERNAL') throw new Error(`${String(error)} for ${JSON.stringify(text)}`, { cause: error })
    const { span } = error.details
    if (span === undefined || span.start < 0 || span.end < span.start || span.end > text.length) throw new Error(`${error.message}: no span for ${JSON.stringify(text)}`, { cause: error })
    return false
  }
}

const VALID = [
  'SELECT a, b + c * d AS x, count(*) n FROM t WHERE a = 1 AND b > 2 OR NOT c IS NULL GROUP BY a HAVING count(*) > 1 ORDER BY a DESC NULLS LAST LIMIT 10',
  'SELECT * FROM TABLE(HOP(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL \'1\' MINUTE, INTERVAL \'5\' MINUTE)) AS w LEFT JOIN b ON w.id = b.id, c CROSS JOIN LATERAL TABLE(f(x)) AS q(y)',
  'CREATE TABLE t (a INT NOT NULL, b ROW<c STRING, d ARRAY<INT>>, ts TIMESTAMP(3) METADATA FROM \'x\' VIRTUAL, p AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL \'5\' SECOND, PRIMARY KEY (a) NOT ENFORCED) PARTITIONED BY (a) WITH (\'k\' = \'v\')',
  'INSERT INTO t (a, b) WITH q AS (SELECT 1 UNION ALL SELECT 2) SELECT sum(a) FILTER (WHERE b) OVER (PARTITION BY c ORDER BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), CASE a WHEN 1 THEN \'it\'\'s\' ELSE NULL END FROM q',
  'SELECT a FROM t WINDOW TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 5 SECONDS) WHERE a IN (1, 2) AND b LIKE \'x\' ESCAPE \'y\' GROUP BY ROLLUP (a, b) EMIT CHANGES',
  'SELECT CAST(a AS DECIMAL(10, 2)), b::INT[], MAP[\'k\', 1][\'k\'], (r).f, EXTRACT(YEAR FROM ts), TRIM(BOTH \'x\' FROM s), ts AT TIME ZONE \'UTC\' FROM t FOR SYSTEM_TIME AS OF PROCTIME() x',
  'EXPLAIN ANALYZE SELECT DISTINCT a FROM (VALUES (1, 2)) AS v (a, b) WHERE EXISTS (SELECT 1) AND a BETWEEN 1 AND 2; SET \'a\' = \'b\'; SHOW TABLES; DROP TABLE IF EXISTS t',
  'BEGIN STATEMENT SET; INSERT INTO a SELECT 1; INSERT INTO b SELECT "x y", `z` FROM u -- end\n; END; CREATE FUNCTION f (a INT) RETURNS STRING AS \'./m.js#f\'',
]
const PIECES = [...new Set(VALID.flatMap((text) => text.match(/'(?:[^']|'')*'|"[^"]*"|`[^`]*`|\w+|<=|::|[^\s\w]/g) ?? []))]
const EXTRA = ['(', '(', '(', ')', ')', ')', ',', ',', '.', '*', '-', '+', '=', '<>', '||', '->', '[', ']', ';', 'SELECT', 'FROM', 'SELECT a', 'NOT', 'AND', 'OR', 'IS', 'IN', 'BETWEEN', 'LIKE', 'CASE', 'WHEN', 'END', 'OVER', 'JOIN', 'ON', 'm0', 'm1', '1', '\'x\'', 'a', 'b', 'INTERVAL', '=>', '~', '/*', '--', '\'', '"', '\\', '$', '😀', '\ud800', '\0']

const piece = fc.constantFrom(...PIECES, ...EXTRA)
const soup = fc.array(piece, { maxLength: 24 }).map((parts) => parts.join(' '))
const query = fc.array(piece, { maxLength: 16 }).map((parts) => `SELECT ${parts.join(' ')}`)

/** A valid text with a few pieces dropped, doubled, swapped or replaced. */
const mutated = fc.tuple(fc.constantFrom(...VALID), fc.array(fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'replace', 'cut'), piece), { minLength: 1, maxLength: 4 })).map(([text, edits]) => {
  const parts = text.match(/\s+|'(?:[^']|'')*'|\w+|[^\s\w]/g)!
  for (const [at, edit, by] of edits) {
    const i = at % parts.length
    if (edit === 'drop') parts[i] = ''
    else if (edit === 'double') parts[i] += parts[i]!
    else if (edit === 'replace') parts[i] = ` ${by} `
    else parts.length = Math.max(1, i)
  }
  return parts.join('')
})

test.each([['soups of tokens', soup, 6_000], ['queries of tokens', query, 2_500], ['valid texts with mistakes', mutated, 1_500], ['any characters', fc.string({ unit: 'binary', maxLength: 40 }), 1_500]] as const)('%s', (_, texts, normal) => {
  const numRuns = fuzzRuns(normal)
  let parsed = 0
  fc.assert(fc.property(texts, (text) => {
    if (check(text)) parsed += 1
  }), { numRuns })
  // The generators would prove nothing if everything or nothing got through.
  expect(parsed).toBeGreaterThan(0)
  expect(parsed).toBeLessThan(numRuns)
})

test('the valid texts are valid', () => {
  expect(VALID.map(check)).toEqual(VALID.map(() => true))
})
