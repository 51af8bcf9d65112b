import type { Describe, Drop, SetOption, Show } from './ast.js'
import type { Cursor } from './cursor.js'
import type { Parsing } from './parsing.js'

/** `SET 'key' = 'value'`, also without quotes: `SET batch.rows = 1024`. */
export function readSet({ cursor }: Parsing): SetOption {
  const { start } = cursor
  cursor.expect('SET')
  const key = readOptionKey(cursor)
  cursor.expect('=')
  const value = readOptionValue(cursor)
  return { kind: 'set', key, value, span: cursor.spanFrom(start) }
}

/** `'scan.replay'` or `scan.replay` or `idle-timeout`: words joined by dots and dashes. */
export function readOptionKey(cursor: Cursor): string {
  if (cursor.token.kind === 'string') return cursor.next().text
  let key = cursor.anyName('the name of an option').text
  while ((cursor.at('.') || cursor.at('-')) && cursor.start === cursor.end) {
    key += cursor.next().text + cursor.anyName('the rest of the name of an option').text
  }
  return key
}

/** `'value'`, `10`, `-1.5`, `true` or another bare word. */
export function readOptionValue(cursor: Cursor): string {
  const { kind } = cursor.token
  if (kind === 'string' || kind === 'word' || kind === 'number') return cursor.next().text
  if (cursor.at('-') && cursor.peek(1).kind === 'number') return cursor.next().text + cursor.next().text
  return cursor.fail('a value in single quotes')
}

/** `SHOW TABLES`, `SHOW FUNCTIONS` */
export function readShow({ cursor }: Parsing): Show {
  const { start } = cursor
  cursor.expect('SHOW')
  const what = cursor.take('TABLES') ? 'tables' : cursor.take('FUNCTIONS') ? 'functions' : null
  if (what === null) return cursor.fail('TABLES or FUNCTIONS', ['TABLES', 'FUNCTIONS'])
  return { kind: 'show', what, span: cursor.spanFrom(start) }
}

/** `DESCRIBE t`, `DESC t` */
export function readDescribe({ cursor }: Parsing): Describe {
  const { start } = cursor
  cursor.next()
  cursor.take('TABLE')
  const name = cursor.name('the name of a table')
  return { kind: 'describe', name, span: cursor.spanFrom(start) }
}

const DROPPABLE = [['TABLE', 'table'], ['STREAM', 'table'], ['VIEW', 'view'], ['FUNCTION', 'function']] as const

/** `DROP [TEMPORARY] TABLE [IF EXISTS] t` and the like. */
export function readDrop({ cursor }: Parsing): Drop {
  const { start } = cursor
  cursor.expect('DROP')
  if (!cursor.take('TEMPORARY')) cursor.take('TEMP')
  const what = DROPPABLE.find(([word]) => cursor.take(word))?.[1]
  if (what === undefined) return cursor.fail('TABLE, STREAM, VIEW or FUNCTION', DROPPABLE.map(([word]) => word))
  const ifExists = cursor.take('IF', 'EXISTS')
  const name = cursor.name('a name')
  return { kind: 'drop', what, name, ifExists, span: cursor.spanFrom(start) }
}
