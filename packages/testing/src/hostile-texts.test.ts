import { describe, expect, it } from 'vitest'
import { MillraceError, type Value } from '@millrace/core'
import { memoryConnector } from './memory-connector.js'
import { simulate } from './simulate.js'

/**
 * Texts that would be code if they ever stood in generated code unquoted, or keys that would reach a prototype: in every place of a query
 * at which a text can stand. What they must be is plain data, compiled as interpreted.
 */
const CODE = [
  '1); globalThis.__canary = 1; (0', "'); globalThis.__canary = 1; ('", '"; globalThis.__canary = 1; "', '`${globalThis.__canary = 1}`', '*/ globalThis.__canary = 1 /*', '\n globalThis.__canary = 1 \n',
  '\u2028globalThis.__canary = 1\u2029', '\\', '\\u0027', '\\\'', '</script><script>', '${1}', '\0', '//', '/*', ']]>', '{{}}', '}', '{', ';', "'", '"', '`', '\ud83d\ude00', 'x'.repeat(5_000), '$&$1$`', '%', '_', '.*', '(a+)+$',
]
const KEYS = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf', '__defineGetter__', 'length', 'c0_values', 'k0', 't1', 'columns', 'eval', 'this']
const TEXTS = [...CODE, ...KEYS]

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

const rows = (text: string): Value[][] => [[text, 1, [text, 2]], ['other', 2, null], [null, 3, ['x', null]]]

async function run(sql: string, text: string, workers: number, compile: boolean): Promise<string> {
  const connectors = [memoryConnector({ tables: { t: { rows: rows(text), splits: 2 }, u: { rows: rows(text), splits: 1 } } })]
  const functions = { './f.js': { same: (value: string) => value, [text]: (value: string) => value } }
  try {
    const { folded } = await simulate({ sql, connectors, functions, workers, compile })
    return JSON.stringify(folded, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value instanceof Map ? [...value] : value))
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    expect(error.code, `${error.message} for ${sql}`).not.toBe('INTERNAL')
    return error.code
  }
}

/** Compiled on two workers and interpreted on one: one answer, which may be an error of the user's. */
async function oneAnswer(sql: string, text: string): Promise<string> {
  const compiled = await run(sql, text, 2, true)
  expect(await run(sql, text, 1, false)).toBe(compiled)
  return compiled
}

const create = (table: string, text: string): string => `CREATE TABLE ${table} (${quoted(text)} STRING, n INT, r ROW<${quoted(text)} STRING, m INT>) WITH ('connector' = 'memory');`

/** Queries with the text in every position. */
function queriesWith(text: string): string[] {
  const [q, l] = [quoted(text), literal(text)]
  const t = create('t', text)
  return [
    `${t} SELECT ${q} FROM t WHERE ${q} = ${l}`,
    `${t} SELECT ${q}, n + 1 AS ${quoted(`${text}x`)} FROM t WHERE ${q} <> ${l} OR n > 1`,
    `${t} SELECT ${q}, count(*), max(${q}), min(n) FROM t GROUP BY ${q}`,
    `${t} SELECT upper(${q}) AS ${quoted(`${text}y`)}, ${l} AS b, concat(${q}, ${l}), coalesce(${q}, ${l}) FROM t`,
    `${t} SELECT ${q} LIKE ${l}, ${q} ILIKE ${l}, ${q} IN (${l}, 'other'), ${q} < ${l}, ${q} IS DISTINCT FROM ${l} FROM t`,
    `${t} SELECT CASE ${q} WHEN ${l} THEN ${l} ELSE 'else' END, position(${l} IN ${q}), replace(${q}, ${l}, ${l}) FROM t`,
    `${t} SELECT r.${q}, r.m, MAP[${l}, n][${l}], ARRAY[${l}, ${q}], ROW(${l}, n) FROM t`,
    `${t} SELECT ${q} ~ ${l}, regexp_replace(${q}, ${l}, ${l}) FROM t`,
    `${t} SELECT json_value(${l}, ${l}), json_value('{"a":1}', ${l}), to_char(TIMESTAMP '2026-01-02 03:04:05', ${l}), split_part(${q}, ${l}, 1) FROM t`,
    `${t} ${create('u', text)} SELECT a.${q}, b.n FROM t AS a JOIN u AS b ON a.${q} = b.${q} AND a.n < b.n + 1`,
    `${t} WITH ${q} AS (SELECT ${q} AS ${quoted(`${text}z`)}, n FROM t) SELECT * FROM ${q} AS ${quoted(`${text}2`)} WHERE n >= 1`,
    `${t} CREATE VIEW ${quoted(`${text}v`)} AS SELECT ${q} FROM t; SELECT ${q} FROM ${quoted(`${text}v`)}`,
    `${t} SELECT ${q}, row_number() OVER (PARTITION BY ${q} ORDER BY n) AS ${quoted(`${text}w`)} FROM t ORDER BY n LIMIT 2`,
    `${t} SELECT string_agg(${q}, ${l}), count(DISTINCT ${q}), array_agg(${q} ORDER BY n) FROM t`,
    `CREATE FUNCTION ${q} (x STRING) RETURNS STRING AS './f.js#same'; ${t} SELECT ${q}(${q}), ${q}(${l}) FROM t WHERE ${q}(${q}) = ${l}`,
    `CREATE FUNCTION f (x STRING) RETURNS STRING AS ${literal(`./f.js#${text}`)}; ${t} SELECT f(${q}) FROM t`,
    `SET 'time-zone' = ${l}; ${t} SELECT n FROM t`, `SET ${l} = 'x'; ${t} SELECT n FROM t`,
    `CREATE TABLE t (n INT) WITH ('connector' = 'memory', ${l} = ${l}); SELECT n FROM t`, `CREATE TABLE t (n INT) WITH ('connector' = ${l}); SELECT n FROM t`,
    `${t} SELECT n FROM t WHERE ts AT TIME ZONE ${l} IS NULL`, `${t} SELECT CAST(${l} AS DATE), TRY_CAST(${l} AS DOUBLE), INTERVAL ${l} SECOND FROM t`, `${t} SELECT extract(${text} FROM ts), x.${q} FROM t`,
  ]
}

function expectNothingHappened(): void {
  expect(globalThis).not.toHaveProperty('__canary')
  expect(Reflect.ownKeys(Object.prototype).toSorted()).toEqual(PROTOTYPE_KEYS)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
}

const PROTOTYPE_KEYS = Reflect.ownKeys(Object.prototype).toSorted()

describe('texts that look like code or like keys of a prototype', () => {
  it.each(TEXTS.map((text) => [text.slice(0, 40), text] as const))('%j is plain data wherever it stands', async (_, text) => {
    const answers: string[] = []
    for (const sql of queriesWith(text)) answers.push(await oneAnswer(sql, text))
    expectNothingHappened()
    // Not everything is refused: the plain ones have answers, with the text in them.
    expect(answers.filter((answer) => answer.startsWith('[')).length).toBeGreaterThanOrEqual(text === '\0' ? 1 : 10)
  })

  it('names groups, keys and fields by them all at once', async () => {
    const named = KEYS.map((key, i) => `${i} AS ${quoted(key)}`).join(', ')
    const answer = await oneAnswer(`SELECT ${named} FROM (VALUES (1)) AS v (x)`, 'x')
    expect(answer).toBe(JSON.stringify([KEYS.map((_, i) => i)]))
    const grouped = await oneAnswer(`SELECT k, count(*) FROM (VALUES ${KEYS.map((key) => `(${literal(key)}), (${literal(key)})`).join(', ')}) AS v (k) GROUP BY k`, 'x')
    expect((JSON.parse(grouped) as unknown[][]).toSorted()).toEqual(KEYS.map((key) => [key, '2n']).toSorted())
    expectNothingHappened()
  })
})
