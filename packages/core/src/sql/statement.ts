import type { Explain, Insert, SelectStatement, Statement, StatementSet } from './ast.js'
import { readCreate } from './create.js'
import type { Parsing } from './parsing.js'
import { failAfterQuery } from './query.js'
import { readDescribe, readDrop, readSet, readShow } from './session-statement.js'
import { STATEMENT_WORDS } from './words.js'
import { lookup } from '../lookup.js'

/** One statement, up to its semicolon or the end. */
export function readStatement(p: Parsing): Statement {
  const statement = read(p)
  if (!p.cursor.ended && !p.cursor.at(';')) failAfterQuery(p, '`;` or the end of the statement')
  return statement
}

function read(p: Parsing): Statement {
  const { cursor } = p
  switch (cursor.token.key) {
    case 'SELECT': case 'WITH': case 'VALUES': case '(': return readSelectStatement(p)
    case 'CREATE': return readCreate(p)
    case 'INSERT': return readInsert(p)
    case 'EXPLAIN': return readExplain(p)
    case 'SET': return readSet(p)
    case 'SHOW': return readShow(p)
    case 'DESCRIBE': case 'DESC': return readDescribe(p)
    case 'DROP': return readDrop(p)
    case 'BEGIN': case 'EXECUTE': return readStatementSet(p)
  }
  const advice = ELSEWHERE[cursor.token.key]
  if (advice !== undefined) cursor.refuse(`${cursor.token.key} is not supported: ${advice}`)
  return cursor.fail('a statement', STATEMENT_WORDS)
}

/** Statements of other engines, and what to do here. */
const ELSEWHERE: Readonly<Record<string, string>> = lookup({
  ALTER: 'drop the table and create it anew',
  UPDATE: 'INSERT into a table with a PRIMARY KEY changes its rows',
  DELETE: 'a table is written by INSERT only',
  MERGE: 'INSERT into a table with a PRIMARY KEY changes its rows',
  USE: 'there is one catalogue, and tables have names of one part',
  RESET: 'SET the option to the value it should have',
  ADD: 'CREATE FUNCTION names the module it comes from',
  LOAD: 'a connector is found by its name in WITH (…)',
  ANALYZE: 'EXPLAIN ANALYZE shows what a query does',
  TRUNCATE: 'remove the files or the topic',
  GRANT: 'there are no users here',
  COPY: 'INSERT into a table with the connector \'file\'',
})

function readSelectStatement(p: Parsing): SelectStatement {
  const query = p.query()
  return { kind: 'select', query, span: query.span }
}

/** `INSERT INTO t [(a, b)] query` */
function readInsert(p: Parsing): Insert {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('INSERT')
  if (cursor.at('OVERWRITE')) cursor.refuse('INSERT OVERWRITE is not supported: INSERT INTO adds to what the sink holds')
  cursor.expect('INTO')
  cursor.take('TABLE')
  const table = cursor.name('the name of a table')
  if (cursor.at('.')) {
    cursor.refuse('tables have names of one part here: leave the catalogue and the database out', cursor.spanFrom(table.span.start))
  }
  if (cursor.at('PARTITION')) cursor.refuse('PARTITION is not supported: the values of partition columns come from the query')
  const listed = cursor.at('(') && !cursor.atQuery(1)
  const columns = listed ? cursor.parenthesised(() => cursor.list(() => cursor.name('the name of a column'))) : []
  const query = p.query()
  return { kind: 'insert', table, columns, query, span: cursor.spanFrom(start) }
}

/** `EXPLAIN [ANALYZE | PLAN FOR] statement` */
function readExplain(p: Parsing): Explain {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('EXPLAIN')
  const analyze = cursor.take('ANALYZE')
  cursor.take('PLAN', 'FOR')
  const statement = readExplained(p)
  return { kind: 'explain', analyze, statement, span: cursor.spanFrom(start) }
}

function readExplained(p: Parsing): Insert | SelectStatement | StatementSet {
  const { cursor } = p
  if (cursor.at('INSERT')) return readInsert(p)
  if (cursor.at('BEGIN') || cursor.at('STATEMENT') || cursor.at('EXECUTE')) return readStatementSet(p)
  if (cursor.atAny(['SELECT', 'WITH', 'VALUES', '('])) return readSelectStatement(p)
  return cursor.fail('SELECT, INSERT or STATEMENT SET after EXPLAIN', ['SELECT', 'INSERT', 'STATEMENT', 'ANALYZE'])
}

/** `BEGIN STATEMENT SET; INSERT …; END`, also `[EXECUTE] STATEMENT SET BEGIN INSERT …; END`. */
function readStatementSet(p: Parsing): StatementSet {
  const { cursor } = p
  const { start } = cursor
  const execute = cursor.take('EXECUTE')
  if (!execute && cursor.take('BEGIN')) {
    cursor.expect('STATEMENT', 'SET')
    cursor.expect(';')
  } else {
    cursor.expect('STATEMENT', 'SET')
    cursor.expect('BEGIN')
  }
  const inserts: Insert[] = []
  while (!cursor.at('END')) {
    if (!cursor.at('INSERT')) cursor.fail('INSERT or END', ['INSERT', 'END'])
    inserts.push(readInsert(p))
    if (!cursor.at(';')) failAfterQuery(p, '`;` after the INSERT')
    while (cursor.take(';'));
  }
  cursor.expect('END')
  return { kind: 'statement set', inserts, span: cursor.spanFrom(start) }
}
