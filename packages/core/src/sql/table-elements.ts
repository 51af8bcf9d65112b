import type { ColumnDefinition, CreateTable, Name } from './ast.js'
import type { Cursor } from './cursor.js'
import type { Parsing } from './parsing.js'
import { readType } from './type-syntax.js'

type Elements = Pick<CreateTable, 'columns' | 'watermark' | 'primaryKey'>

/** `(columns, WATERMARK FOR …, PRIMARY KEY (…) NOT ENFORCED)` */
export function readTableElements(p: Parsing): Elements {
  const { cursor } = p
  const columns: ColumnDefinition[] = []
  let watermark: CreateTable['watermark'] = null
  let primaryKey: readonly Name[] = []
  cursor.parenthesised(() => cursor.list(() => {
    const { token } = cursor
    if (cursor.at('WATERMARK', 'FOR')) {
      if (watermark !== null) cursor.refuse('a table has one watermark', token, 'SQL_SYNTAX')
      watermark = readWatermark(p)
    } else if (cursor.at('PRIMARY', 'KEY') || cursor.at('CONSTRAINT')) {
      if (primaryKey.length > 0) cursor.refuse('a table has one primary key', token, 'SQL_SYNTAX')
      primaryKey = readPrimaryKey(cursor)
    } else if (cursor.at('UNIQUE', '(') || cursor.at('FOREIGN', 'KEY') || cursor.at('CHECK', '(')) {
      refuseConstraint(cursor)
    } else {
      const { column, key } = readColumn(p)
      if (key && primaryKey.length > 0) cursor.refuse('a table has one primary key', token, 'SQL_SYNTAX')
      if (key) primaryKey = [column.name]
      columns.push(column)
    }
  }))
  return { columns, watermark, primaryKey }
}

/** `WATERMARK FOR ts AS ts - INTERVAL '5' SECOND` */
function readWatermark(p: Parsing): NonNullable<CreateTable['watermark']> {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('WATERMARK', 'FOR')
  const column = cursor.name('the name of a column')
  if (cursor.at('.')) {
    cursor.refuse('a watermark belongs to a column of the table: compute one from the field first', cursor.spanFrom(column.span.start))
  }
  cursor.expect('AS')
  const expression = p.expression()
  return { column, expression, span: cursor.spanFrom(start) }
}

function readPrimaryKey(cursor: Cursor): Name[] {
  if (cursor.take('CONSTRAINT')) cursor.name('the name of the constraint')
  cursor.expect('PRIMARY', 'KEY')
  const names = cursor.parenthesised(() => cursor.list(() => cursor.name('the name of a column')))
  expectNotEnforced(cursor)
  return names
}

function readColumnKey(cursor: Cursor): true {
  cursor.expect('PRIMARY', 'KEY')
  expectNotEnforced(cursor)
  return true
}

function refuseConstraint(cursor: Cursor): never {
  return cursor.refuse('the only constraints are NOT NULL and PRIMARY KEY (…) NOT ENFORCED')
}

function expectNotEnforced(cursor: Cursor): void {
  if (!cursor.take('NOT', 'ENFORCED')) cursor.fail('NOT ENFORCED (keys are believed, not checked)', ['NOT'])
}

function readColumn(p: Parsing): { column: ColumnDefinition; key: boolean } {
  const { cursor } = p
  const { start } = cursor
  const name = cursor.name('the name of a column')
  if (cursor.take('AS')) {
    const expression = p.expression()
    takeComment(cursor)
    return { column: { kind: 'computed', name, expression, span: cursor.spanFrom(start) }, key: false }
  }
  const type = readType(cursor)
  let notNull = false
  let metadata: { key: string; virtual: boolean } | null = null
  let key = false
  for (;;) {
    if (cursor.take('NOT', 'NULL')) notNull = true
    else if (cursor.take('NULL')) notNull = false
    else if (cursor.take('METADATA')) metadata = readMetadata(cursor, name)
    else if (cursor.at('PRIMARY', 'KEY')) key = readColumnKey(cursor)
    else if (cursor.at('DEFAULT')) cursor.refuse('DEFAULT is not supported: a column left out of an INSERT is NULL')
    else if (cursor.atAny(['UNIQUE', 'REFERENCES', 'CHECK'])) refuseConstraint(cursor)
    else if (!takeComment(cursor)) break
  }
  if (!cursor.at(',') && !cursor.at(')')) cursor.fail('`,` or `)` after the column', ['METADATA', 'NOT', 'PRIMARY', 'COMMENT'])
  const span = cursor.spanFrom(start)
  if (metadata === null) return { column: { kind: 'physical', name, type, notNull, span }, key }
  return { column: { kind: 'metadata', name, type, notNull, ...metadata, span }, key }
}

/** `METADATA [FROM 'key'] [VIRTUAL]`; without FROM the key is the column's own name. */
function readMetadata(cursor: Cursor, name: Name): { key: string; virtual: boolean } {
  const key = cursor.take('FROM') ? cursor.string('the key in single quotes') : name.text
  return { key, virtual: cursor.take('VIRTUAL') }
}

function takeComment(cursor: Cursor): boolean {
  if (!cursor.take('COMMENT')) return false
  cursor.string('a comment in single quotes')
  return true
}
