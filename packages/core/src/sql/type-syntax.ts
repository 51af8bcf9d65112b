import { MillraceError, nearestName } from '../errors.js'
import { SQL_ARRAY_DIMENSIONS_MAX } from '../limits.js'
import type { TypeSyntax } from './ast.js'
import { Cursor, nameOf } from './cursor.js'
import { lookup } from '../lookup.js'

/**
 * Type names as written → as the tree has them: BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL CHAR VARCHAR
 * STRING BYTES DATE TIME TIMESTAMP TIMESTAMP_LTZ, besides ARRAY MAP ROW MULTISET and the two INTERVAL types.
 */
const SIMPLE: Readonly<Record<string, string>> = lookup({
  BOOLEAN: 'BOOLEAN', BOOL: 'BOOLEAN',
  TINYINT: 'TINYINT', SMALLINT: 'SMALLINT', INT2: 'SMALLINT', INT: 'INT', INTEGER: 'INT', INT4: 'INT', BIGINT: 'BIGINT', INT8: 'BIGINT',
  FLOAT: 'FLOAT', REAL: 'FLOAT', FLOAT4: 'FLOAT', DOUBLE: 'DOUBLE', FLOAT8: 'DOUBLE',
  DECIMAL: 'DECIMAL', DEC: 'DECIMAL', NUMERIC: 'DECIMAL',
  CHAR: 'CHAR', CHARACTER: 'CHAR', VARCHAR: 'VARCHAR', STRING: 'STRING', TEXT: 'STRING',
  BYTES: 'BYTES', BYTEA: 'BYTES', BINARY: 'BYTES', VARBINARY: 'BYTES',
  DATE: 'DATE', TIME: 'TIME', TIMESTAMP: 'TIMESTAMP', DATETIME: 'TIMESTAMP', TIMESTAMP_LTZ: 'TIMESTAMP_LTZ', TIMESTAMPTZ: 'TIMESTAMP_LTZ',
})
const NAMES: readonly string[] = [...Object.keys(SIMPLE), 'ARRAY', 'MAP', 'ROW', 'MULTISET', 'INTERVAL']

const JSON_TYPES: readonly string[] = ['JSON', 'JSONB', 'VARIANT']

const MONTH_UNITS: readonly string[] = ['YEAR', 'MONTH', 'QUARTER']
const SECOND_UNITS: readonly string[] = ['WEEK', 'DAY', 'HOUR', 'MINUTE', 'SECOND']

/** Reads a text that is a type and nothing else. @throws MillraceError SQL_SYNTAX, SQL_TYPE_UNKNOWN */
export function parseType(text: string): TypeSyntax {
  const cursor = new Cursor(text)
  const type = readType(cursor)
  if (!cursor.ended) cursor.fail('the end of the type')
  return type
}

export function readType(cursor: Cursor): TypeSyntax {
  let type = readElementType(cursor)
  for (let dimensions = 0; cursor.at('[', ']') || cursor.at('ARRAY'); dimensions++) {
    if (dimensions >= SQL_ARRAY_DIMENSIONS_MAX) {
      cursor.refuse(`an array of more than ${SQL_ARRAY_DIMENSIONS_MAX} dimensions`, cursor.token, 'SQL_TOO_COMPLEX')
    }
    if (!cursor.take('ARRAY')) cursor.expect('[', ']')
    type = { name: 'ARRAY', numbers: [], args: [{ name: null, type }], span: cursor.spanFrom(type.span.start) }
  }
  return type
}

function readElementType(cursor: Cursor): TypeSyntax {
  const token = cursor.token
  if (token.kind !== 'word') cursor.fail('a data type')
  const simple = SIMPLE[token.key]
  if (simple !== undefined) return readSimple(cursor, simple)
  switch (token.key) {
    case 'ARRAY':
    case 'MULTISET':
      return readGeneric(cursor, 1)
    case 'MAP':
      return readGeneric(cursor, 2)
    case 'ROW':
      return readRow(cursor)
    case 'INTERVAL':
      return readInterval(cursor)
    default: {
      const suggestion = nearestName(token.text, NAMES)
      const advice = JSON_TYPES.includes(token.key) ? ': keep JSON in a STRING and read it with json_value' : ''
      throw new MillraceError('SQL_TYPE_UNKNOWN', `no data type \`${token.text}\`${advice}`, {
        span: { start: token.start, end: token.end },
        alternatives: NAMES,
        ...(suggestion === undefined ? {} : { suggestion }),
      })
    }
  }
}

function readSimple(cursor: Cursor, simple: string): TypeSyntax {
  const { start } = cursor
  const written = cursor.next().key
  let name = simple
  if (written === 'DOUBLE') cursor.take('PRECISION')
  if ((written === 'CHAR' || written === 'CHARACTER') && cursor.take('VARYING')) name = 'VARCHAR'
  const numbers = cursor.at('(') ? cursor.parenthesised(() => cursor.list(() => cursor.wholeNumber('a number'))) : []
  const allowed = NUMBERS[name] ?? 0
  if (numbers.length > allowed) {
    cursor.refuse(`${name} takes ${allowed === 0 ? 'no' : allowed} number${allowed === 1 ? '' : 's'}`, cursor.spanFrom(start), 'SQL_SYNTAX')
  }
  if (name === 'TIME' && cursor.take('WITH', 'TIME', 'ZONE')) {
    cursor.refuse('TIME has no zone: use TIME or TIMESTAMP_LTZ', cursor.spanFrom(start))
  }
  if (name === 'TIMESTAMP' && (cursor.take('WITH', 'LOCAL', 'TIME', 'ZONE') || cursor.take('WITH', 'TIME', 'ZONE'))) name = 'TIMESTAMP_LTZ'
  if (name === 'TIME' || name === 'TIMESTAMP') cursor.take('WITHOUT', 'TIME', 'ZONE')
  return { name, numbers: name === 'BYTES' ? [] : numbers, args: [], span: cursor.spanFrom(start) }
}

/** How many numbers in parentheses a type may have. */
const NUMBERS: Readonly<Record<string, number>> = lookup({
  DECIMAL: 2, CHAR: 1, VARCHAR: 1, BYTES: 1, TIME: 1, TIMESTAMP: 1, TIMESTAMP_LTZ: 1, FLOAT: 1,
})

/** `ARRAY<…>`, `MAP<…, …>`; NOT NULL inside says nothing here, where every element may be NULL. */
function readGeneric(cursor: Cursor, count: number): TypeSyntax {
  const { start } = cursor
  const name = cursor.next().key
  cursor.expect('<')
  const args = [readArgument(cursor)]
  while (args.length < count) {
    cursor.expect(',')
    args.push(readArgument(cursor))
  }
  cursor.expect('>')
  return { name, numbers: [], args, span: cursor.spanFrom(start) }
}

function readArgument(cursor: Cursor): { name: null; type: TypeSyntax } {
  const type = cursor.nested(() => readType(cursor))
  takeNullability(cursor)
  return { name: null, type }
}

function takeNullability(cursor: Cursor): void {
  if (!cursor.take('NOT', 'NULL')) cursor.take('NULL')
}

/** `ROW<a INT, b STRING>`, also with round brackets; `TABLE<…>` where that is a result. */
export function readRow(cursor: Cursor): TypeSyntax {
  const { start } = cursor
  cursor.next()
  const close = cursor.take('(') ? ')' : (cursor.expect('<'), '>')
  const args = cursor.list(() => {
    const { kind } = cursor.token
    if (kind !== 'word' && kind !== 'quoted') cursor.fail('the name of a field')
    const name = nameOf(cursor.next())
    const type = cursor.nested(() => readType(cursor))
    takeNullability(cursor)
    if (cursor.token.kind === 'string') cursor.next()
    return { name, type }
  })
  cursor.expect(close)
  return { name: 'ROW', numbers: [], args, span: cursor.spanFrom(start) }
}

/** Any INTERVAL type is one of two: counted in months or in microseconds. */
function readInterval(cursor: Cursor): TypeSyntax {
  const { start } = cursor
  cursor.next()
  const months = cursor.atAny(MONTH_UNITS)
  const units = months ? MONTH_UNITS : SECOND_UNITS
  const readUnit = (): void => {
    if (!cursor.atAny(units)) cursor.fail(months ? 'YEAR or MONTH' : 'a unit from DAY to SECOND, or YEAR or MONTH')
    cursor.next()
    if (cursor.at('(')) cursor.parenthesised(() => cursor.list(() => cursor.wholeNumber('a number')))
  }
  readUnit()
  if (cursor.take('TO')) readUnit()
  return { name: months ? 'INTERVAL YEAR TO MONTH' : 'INTERVAL DAY TO SECOND', numbers: [], args: [], span: cursor.spanFrom(start) }
}
