import type { CreateFunction, CreateTable, CreateTableAs, CreateView, Name, Option } from './ast.js'
import { readTableElements } from './table-elements.js'
import type { Cursor } from './cursor.js'
import type { Parsing } from './parsing.js'
import { readOptionKey, readOptionValue } from './session-statement.js'
import { readRow, readType } from './type-syntax.js'

/** `CREATE [TEMPORARY] TABLE | STREAM | VIEW | FUNCTION …` */
export function readCreate(p: Parsing): CreateTable | CreateTableAs | CreateView | CreateFunction {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('CREATE')
  if (cursor.at('OR', 'REPLACE')) cursor.refuse('OR REPLACE is not supported: DROP … IF EXISTS first')
  if (!cursor.take('TEMPORARY')) cursor.take('TEMP')
  cursor.take('SYSTEM')
  if (cursor.take('TABLE') || cursor.take('STREAM')) return readTable(p, start)
  if (cursor.take('VIEW')) return readView(p, start)
  if (cursor.take('FUNCTION')) return readFunction(p, start)
  for (const word of ['CATALOG', 'DATABASE', 'INDEX', 'MATERIALIZED']) {
    if (cursor.at(word)) cursor.refuse(`there is no ${word} here: create tables, views and functions`)
  }
  return cursor.fail('TABLE, STREAM, VIEW or FUNCTION', ['TABLE', 'STREAM', 'VIEW', 'FUNCTION', 'TEMPORARY'])
}

function readObjectName(cursor: Cursor, what: string): { name: Name; ifNotExists: boolean } {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS')
  const name = cursor.name(what)
  if (cursor.at('.')) cursor.refuse('names have one part here: leave the catalogue and the database out', cursor.spanFrom(name.span.start))
  return { name, ifNotExists }
}

/** `CREATE TABLE t (…) [PARTITIONED BY (…)] WITH (…)`, or `CREATE TABLE t [WITH (…)] AS query`. */
function readTable(p: Parsing, start: number): CreateTable | CreateTableAs {
  const { cursor } = p
  const { name, ifNotExists } = readObjectName(cursor, 'the name of a table')
  const elements = cursor.at('(') ? readTableElements(p) : null
  takeComment(cursor)
  for (const word of ['DISTRIBUTED', 'LIKE']) {
    if (cursor.at(word)) cursor.refuse(`${word} is not supported in CREATE TABLE: write its columns and options`)
  }
  const partitionedBy = cursor.take('PARTITIONED', 'BY') ? readColumnNames(cursor) : []
  const options = cursor.at('WITH') ? readOptions(cursor) : []
  if (cursor.at('LIKE')) cursor.refuse('LIKE is not supported in CREATE TABLE: write its columns and options')
  if (elements !== null) {
    if (cursor.at('AS')) cursor.refuse('CREATE TABLE … AS takes its columns from the query: leave the list of columns out')
    return { kind: 'create table', name, ifNotExists, ...elements, partitionedBy, options, span: cursor.spanFrom(start) }
  }
  if (!cursor.at('AS')) cursor.fail('a list of columns or AS', ['AS', 'WITH', 'PARTITIONED'])
  if (partitionedBy.length > 0) {
    cursor.refuse('CREATE TABLE … AS cannot be PARTITIONED BY: create the table, then INSERT', partitionedBy[0]!.span)
  }
  cursor.expect('AS')
  const query = p.query()
  return { kind: 'create table as', name, ifNotExists, options, query, span: cursor.spanFrom(start) }
}

function readColumnNames(cursor: Cursor): Name[] {
  return cursor.parenthesised(() => cursor.list(() => cursor.name('the name of a column')))
}

/** `WITH ('key' = 'value', …)` */
function readOptions(cursor: Cursor): Option[] {
  cursor.expect('WITH')
  if (cursor.take('(', ')')) return []
  const seen = new Set<string>()
  return cursor.parenthesised(() => cursor.list(() => {
    const { start } = cursor
    const key = readOptionKey(cursor)
    cursor.expect('=')
    const option = { key, value: readOptionValue(cursor), span: cursor.spanFrom(start) }
    if (seen.has(key)) cursor.refuse(`the option '${key}' is given twice`, option.span, 'SQL_SYNTAX')
    seen.add(key)
    return option
  }))
}

function takeComment(cursor: Cursor): void {
  if (cursor.take('COMMENT')) cursor.string('a comment in single quotes')
}

/** `CREATE VIEW v [(a, b)] AS query` */
function readView(p: Parsing, start: number): CreateView {
  const { cursor } = p
  const { name, ifNotExists } = readObjectName(cursor, 'the name of a view')
  const columns = cursor.at('(') ? cursor.parenthesised(() => cursor.list(() => readViewColumn(cursor))) : []
  takeComment(cursor)
  cursor.expect('AS')
  const query = p.query()
  return { kind: 'create view', name, ifNotExists, columns, query, span: cursor.spanFrom(start) }
}

function readViewColumn(cursor: Cursor): Name {
  const name = cursor.name('the name of a column')
  takeComment(cursor)
  return name
}

/** `CREATE FUNCTION f (x INT, …) RETURNS INT AS './module.js#export'`, or without a signature as Flink has it. */
function readFunction({ cursor }: Parsing, start: number): CreateFunction {
  const { name, ifNotExists } = readObjectName(cursor, 'the name of a function')
  const bare = cursor.at('AS')
  const readArgument = (): CreateFunction['args'][number] => ({ name: cursor.name('the name of an argument'), type: readType(cursor) })
  const args = bare || cursor.take('(', ')') ? [] : cursor.parenthesised(() => cursor.list(readArgument))
  if (!bare) cursor.expect('RETURNS')
  const returnsTable = !bare && cursor.at('TABLE')
  const returns = bare ? null : returnsTable ? readRow(cursor) : readType(cursor)
  const before = readTraits(cursor)
  cursor.expect('AS')
  const { start: moduleStart } = cursor
  const module = cursor.string('the module in single quotes: \'./module.js#export\'')
  const moduleSpan = cursor.spanFrom(moduleStart)
  const traits = { ...before, ...readTraits(cursor) }
  return {
    kind: 'create function', name, ifNotExists, args, returns, returnsTable, module, moduleSpan,
    deterministic: traits.deterministic ?? null, nulls: traits.nulls ?? null, span: cursor.spanFrom(start),
  }
}

/** What the standard lets a function say of itself, in any order. */
function readTraits(cursor: Cursor): { deterministic?: boolean; nulls?: 'strict' | 'custom' } {
  const traits: { deterministic?: boolean; nulls?: 'strict' | 'custom' } = {}
  for (;;) {
    if (cursor.take('LANGUAGE')) {
      if (!cursor.take('JAVASCRIPT') && !cursor.take('TYPESCRIPT')) cursor.refuse('functions are written in JavaScript or TypeScript')
    } else if (cursor.take('DETERMINISTIC')) traits.deterministic = true
    else if (cursor.take('NOT', 'DETERMINISTIC')) traits.deterministic = false
    else if (cursor.take('RETURNS', 'NULL', 'ON', 'NULL', 'INPUT')) traits.nulls = 'strict'
    else if (cursor.take('CALLED', 'ON', 'NULL', 'INPUT')) traits.nulls = 'custom'
    else return traits
  }
}
