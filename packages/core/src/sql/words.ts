/**
 * Words that are never a bare name; quote them to use them as one. Everything else may name a table, a column or an
 * alias, also where other engines reserve it (`value`, `date`, `timestamp`, `count`, `key`, `offset` …).
 */
export const RESERVED_WORDS: ReadonlySet<string> = new Set([
  'ALL', 'AND', 'AS', 'ASC', 'BETWEEN', 'CASE', 'CREATE', 'CROSS', 'DESC', 'DISTINCT', 'ELSE', 'END', 'EXCEPT', 'FALSE',
  'FETCH', 'FROM', 'FULL', 'GROUP', 'HAVING', 'IN', 'INNER', 'INTERSECT', 'INTO', 'IS', 'JOIN', 'LEFT', 'LIKE', 'LIMIT',
  'NATURAL', 'NOT', 'NULL', 'ON', 'OR', 'ORDER', 'QUALIFY', 'RIGHT', 'SELECT', 'THEN', 'TRUE', 'UNION', 'USING',
  'VALUES', 'WHEN', 'WHERE', 'WITH',
])

/** Words that may be names but, right after an expression or a table, continue it: they are aliases only after AS. */
const CONTINUING_WORDS: ReadonlySet<string> = new Set([
  'ANTI', 'ASOF', 'AT', 'COLLATE', 'EMIT', 'ESCAPE', 'FILTER', 'FOR', 'GLOB', 'IGNORE', 'ILIKE', 'ISNULL', 'LATERAL',
  'MATCH_RECOGNIZE', 'MINUS', 'NOTNULL', 'NULLS', 'OFFSET', 'OVER', 'PARTITION', 'PIVOT', 'RANGE', 'REGEXP', 'RESPECT',
  'RLIKE', 'ROWS', 'SEMI', 'SIMILAR', 'TABLESAMPLE', 'UNPIVOT', 'WINDOW', 'WITHIN', 'TO', 'PLACING',
])

/** Calls written without parentheses. */
export const BARE_CALLS: ReadonlySet<string> = new Set([
  'CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'LOCALTIMESTAMP', 'CURRENT_ROW_TIMESTAMP',
])

/** First words of statements, for *did you mean*. */
export const STATEMENT_WORDS: readonly string[] = [
  'BEGIN', 'CREATE', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'INSERT', 'SELECT', 'SET', 'SHOW', 'VALUES', 'WITH',
]

/** First words of clauses, for *did you mean*. */
export const CLAUSE_WORDS: readonly string[] = [
  'FROM', 'WHERE', 'GROUP BY', 'HAVING', 'QUALIFY', 'WINDOW', 'ORDER BY', 'LIMIT', 'OFFSET', 'FETCH', 'EMIT', 'UNION',
  'INTERSECT', 'EXCEPT', 'JOIN', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'CROSS', 'NATURAL', 'ON', 'USING', 'AND', 'OR', 'AS',
]

export function isReserved(word: string): boolean {
  return RESERVED_WORDS.has(word)
}

/** Whether an unquoted word right after an expression or a table is its alias. */
export function isBareAlias(word: string): boolean {
  return !RESERVED_WORDS.has(word) && !CONTINUING_WORDS.has(word)
}
