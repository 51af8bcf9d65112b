import { describe, expect, test } from 'vitest'
import type { CreateTable, Statement } from './ast.js'
import { parseScript, parseType } from './parse-script.js'
import { printExpression, printQuery, printType, withoutSpans } from './print.test.kit.js'

function statement<K extends Statement['kind']>(kind: K, text: string): Extract<Statement, { kind: K }> {
  const { statements } = parseScript(text)
  expect(statements.map((each) => each.kind)).toEqual([kind])
  expect(statements[0]!.span).toEqual({ start: 0, end: text.length })
  return statements[0] as Extract<Statement, { kind: K }>
}

describe('scripts', () => {
  test('are statements between semicolons', () => {
    expect(parseScript('').statements).toEqual([])
    expect(parseScript(' ; -- nothing\n ;; /* at all */ ').statements).toEqual([])
    expect(parseScript('SELECT 1; SHOW TABLES;\nSELECT \';\' ; ').statements.map((each) => each.kind)).toEqual(['select', 'show', 'select'])
  })

  test('a hint that advises is a comment, one that changes the answer is refused', () => {
    expect(parseScript('SELECT /*+ BROADCAST(a) */ 1 FROM a').statements).toHaveLength(1)
    expect(() => parseScript('SELECT 1 FROM a /*+ OPTIONS(\'x\'=\'y\') */')).toThrow('hints are not read')
  })
})

describe('CREATE TABLE', () => {
  const create = (text: string): CreateTable => statement('create table', text)

  test('with everything', () => {
    const table = create(`CREATE TEMPORARY TABLE IF NOT EXISTS \`my trades\` (
      symbol STRING NOT NULL COMMENT 'the symbol',
      price DECIMAL(10, 2),
      "offset" BIGINT METADATA VIRTUAL,
      at TIMESTAMP(3) METADATA FROM 'timestamp',
      partition INT NOT NULL METADATA,
      amount AS price * 2 + 1,
      proc AS PROCTIME(),
      WATERMARK FOR at AS at - INTERVAL '5' SECOND,
      CONSTRAINT pk PRIMARY KEY (symbol, at) NOT ENFORCED
    ) COMMENT 'all of them' PARTITIONED BY (symbol, day) WITH ('connector' = 'file', 'path' = 'it''s.ndjson', batch.rows = 10, watch = true)`)
    expect(table.name).toMatchObject({ text: 'my trades', quoted: true })
    expect(table.ifNotExists).toBe(true)
    const columns = table.columns.map((column) => {
      if (column.kind === 'computed') return [column.name.text, printExpression(column.expression)]
      const type = printType(column.type) + (column.notNull ? ' NOT NULL' : '')
      return column.kind === 'physical' ? [column.name.text, type] : [column.name.text, type, column.key, column.virtual]
    })
    expect(columns).toEqual([
      ['symbol', 'STRING NOT NULL'], ['price', 'DECIMAL(10, 2)'], ['offset', 'BIGINT', 'offset', true], ['at', 'TIMESTAMP(3)', 'timestamp', false],
      ['partition', 'INT NOT NULL', 'partition', false], ['amount', '((price * 2) + 1)'], ['proc', 'PROCTIME()'],
    ])
    expect(table.watermark?.column.text).toBe('at')
    expect(printExpression(table.watermark!.expression)).toBe('(at - INTERVAL \'5\' SECOND)')
    expect(table.primaryKey.map((name) => name.text)).toEqual(['symbol', 'at'])
    expect(table.partitionedBy.map((name) => name.text)).toEqual(['symbol', 'day'])
    expect(table.options.map(({ key, value }) => [key, value])).toEqual([['connector', 'file'], ['path', 'it\'s.ndjson'], ['batch.rows', '10'], ['watch', 'true']])
  })

  test('STREAM is TABLE; a key may stand at its column', () => {
    const table = create('CREATE STREAM s (value STRING, `key` INT PRIMARY KEY NOT ENFORCED, timestamp TIMESTAMP)')
    expect(table.columns.map((column) => column.name.text)).toEqual(['value', 'key', 'timestamp'])
    expect(table.primaryKey.map((name) => name.text)).toEqual(['key'])
    expect(table.options).toEqual([])
    expect(table.watermark).toBeNull()
  })

  test('columns may be called like clauses', () => {
    expect(create('CREATE TABLE t (watermark INT, primary INT, key INT, metadata INT, comment STRING)').columns.map((column) => column.name.text)).toEqual(['watermark', 'primary', 'key', 'metadata', 'comment'])
  })

  test('options have spans', () => {
    const text = 'CREATE TABLE t (a INT) WITH (\'a\' = \'b\', \'c\' = \'d\')'
    expect(create(text).options.map(({ span }) => text.slice(span.start, span.end))).toEqual(['\'a\' = \'b\'', '\'c\' = \'d\''])
  })

  test.each([
    ['CREATE TABLE t (a INT, PRIMARY KEY (a))', 'expected NOT ENFORCED'],
    ['CREATE TABLE t (a INT DEFAULT 1)', 'DEFAULT is not supported'],
    ['CREATE TABLE t (a INT UNIQUE)', 'the only constraints'],
    ['CREATE TABLE t (a INT,)', 'expected the name of a column before `)`'],
    ['CREATE TABLE t (select INT)', 'reserved: quote it'],
    ['CREATE TABLE t (a INTT)', 'no data type `INTT`'],
    ['CREATE TABLE t (a INT) WITH (\'a\' = \'b\', \'a\' = \'c\')', 'given twice'],
    ['CREATE TABLE t (a INT) AS SELECT 1', 'takes its columns from the query'],
    ['CREATE TABLE t (LIKE u)', 'reserved'],
    ['CREATE TABLE a.b (c INT)', 'names have one part'],
    ['CREATE TABLE t', 'expected a list of columns or AS'],
    ['CREATE OR REPLACE TABLE t (a INT)', 'OR REPLACE is not supported'],
    ['CREATE TABLE t (a JSON)', 'keep JSON in a STRING'],
  ])('%s is refused', (text, message) => {
    expect(() => parseScript(text)).toThrow(message)
  })
})

describe('types', () => {
  test.each([
    ['boolean', 'BOOLEAN'], ['integer', 'INT'], ['int8', 'BIGINT'], ['numeric(10)', 'DECIMAL(10)'], ['DECIMAL(38, 18)', 'DECIMAL(38, 18)'], ['real', 'FLOAT'],
    ['double precision', 'DOUBLE'], ['varchar(20)', 'VARCHAR(20)'], ['character varying(20)', 'VARCHAR(20)'], ['char(3)', 'CHAR(3)'], ['text', 'STRING'], ['varbinary(10)', 'BYTES'],
    ['TIME(3)', 'TIME(3)'], ['timestamp', 'TIMESTAMP'], ['TIMESTAMP(3) WITHOUT TIME ZONE', 'TIMESTAMP(3)'], ['TIMESTAMP(3) WITH LOCAL TIME ZONE', 'TIMESTAMP_LTZ(3)'],
    ['timestamp_ltz(6)', 'TIMESTAMP_LTZ(6)'], ['timestamptz', 'TIMESTAMP_LTZ'], ['INTERVAL DAY(3) TO SECOND(6)', 'INTERVAL DAY TO SECOND'], ['interval month', 'INTERVAL YEAR TO MONTH'],
    ['ARRAY<ARRAY<INT>>', 'ARRAY<ARRAY<INT>>'], ['INT ARRAY', 'ARRAY<INT>'], ['int[][]', 'ARRAY<ARRAY<INT>>'], ['MAP<STRING NOT NULL, ARRAY<BIGINT>>', 'MAP<STRING, ARRAY<BIGINT>>'],
    ['ROW<a INT NOT NULL, `b c` ROW<d STRING \'comment\'>>', 'ROW<a INT, "b c" ROW<d STRING>>'], ['ROW(a INT, b STRING)', 'ROW<a INT, b STRING>'], ['MULTISET<INT>', 'MULTISET<INT>'],
  ])('%s', (text, expected) => {
    const type = parseType(text)
    expect(printType(type)).toBe(expected)
    expect(type.span).toEqual({ start: 0, end: text.length })
    expect(withoutSpans(parseType(printType(type)))).toEqual(withoutSpans(type))
  })

  test.each([['DECIMAL(1, 2, 3)', 'takes 2 numbers'], ['INT(3)', 'takes no numbers'], ['ARRAY INT', 'expected <'], ['INT 5', 'the end of the type'], ['', 'a data type'], ['INTERVAL', 'a unit']])('%s is refused', (text, message) => {
    expect(() => parseType(text)).toThrow(message)
  })
})

describe('other statements', () => {
  test('CREATE TABLE AS', () => {
    const made = statement('create table as', 'CREATE TABLE t WITH (\'connector\' = \'memory\') AS SELECT a FROM u EMIT CHANGES')
    expect(made.options).toHaveLength(1)
    expect(printQuery(made.query)).toBe('SELECT a FROM u EMIT CHANGES')
  })

  test('CREATE VIEW', () => {
    const view = statement('create view', 'CREATE TEMPORARY VIEW IF NOT EXISTS v (a, b) AS SELECT 1, 2')
    expect([view.name.text, view.ifNotExists, view.columns.map((name) => name.text)]).toEqual(['v', true, ['a', 'b']])
  })

  test('CREATE FUNCTION', () => {
    const made = statement('create function', 'CREATE TEMPORARY FUNCTION f (a INT, b ROW<c STRING>) RETURNS ARRAY<STRING> AS \'./f.js#f\' LANGUAGE JAVASCRIPT')
    expect(made.args.map(({ name, type }) => [name.text, printType(type)])).toEqual([['a', 'INT'], ['b', 'ROW<c STRING>']])
    expect([printType(made.returns!), made.module]).toEqual(['ARRAY<STRING>', './f.js#f'])
    expect(statement('create function', 'CREATE FUNCTION g() RETURNS INT AS \'pkg\'').args).toEqual([])
    expect(statement('create function', 'CREATE FUNCTION h AS \'com.example.H\'')).toMatchObject({ args: [], returns: null, module: 'com.example.H' })
  })

  test('INSERT', () => {
    const insert = statement('insert', 'INSERT INTO t (a, `b c`) SELECT 1, 2')
    expect([insert.table.text, insert.columns.map((name) => name.text)]).toEqual(['t', ['a', 'b c']])
    expect(printQuery(statement('insert', 'INSERT INTO t (SELECT 1)').query)).toBe('SELECT 1')
    expect(printQuery(statement('insert', 'INSERT INTO t VALUES (1, 2), (3, 4)').query)).toBe('VALUES (1, 2), (3, 4)')
    expect(printQuery(statement('insert', 'INSERT INTO t WITH a AS (SELECT 1) SELECT * FROM a').query)).toBe('WITH a AS (SELECT 1) SELECT * FROM a')
    expect(statement('insert', 'INSERT INTO t ((SELECT 1) UNION ALL (SELECT 2))').columns).toEqual([])
  })

  test.each([['EXPLAIN SELECT 1', false, 'select'], ['EXPLAIN ANALYZE INSERT INTO t SELECT 1', true, 'insert'], ['EXPLAIN PLAN FOR SELECT 1', false, 'select'], ['EXPLAIN STATEMENT SET BEGIN INSERT INTO t SELECT 1; END', false, 'statement set']])('%s', (text, analyze, kind) => {
    const explain = statement('explain', text)
    expect([explain.analyze, explain.statement.kind]).toEqual([analyze, kind])
  })

  test.each([['SET \'a.b\' = \'c\'', 'a.b', 'c'], ['SET a.b-c = 10', 'a.b-c', '10'], ['SET x = true', 'x', 'true'], ['SET x = -1', 'x', '-1']])('%s', (text, key, value) => {
    expect(withoutSpans(statement('set', text))).toEqual({ kind: 'set', key, value })
  })

  test('SHOW, DESCRIBE, DROP', () => {
    expect(statement('show', 'SHOW TABLES').what).toBe('tables')
    expect(statement('show', 'show functions').what).toBe('functions')
    expect(statement('describe', 'DESCRIBE t').name.text).toBe('t')
    expect(statement('describe', 'DESC "T"').name).toMatchObject({ text: 'T', quoted: true })
    expect(withoutSpans(statement('drop', 'DROP TEMPORARY STREAM IF EXISTS t'))).toEqual({ kind: 'drop', what: 'table', name: { text: 't', quoted: false }, ifExists: true })
    expect(statement('drop', 'DROP VIEW v').what).toBe('view')
    expect(statement('drop', 'DROP FUNCTION f').what).toBe('function')
  })

  test.each(['BEGIN STATEMENT SET; INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END', 'EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; INSERT INTO b SELECT 2; END'])('%s', (text) => {
    expect(statement('statement set', text).inserts.map((insert) => insert.table.text)).toEqual(['a', 'b'])
  })
})
