import type { Query, SqlExpression, TableExpression } from './ast.js'
import type { Cursor } from './cursor.js'
import type { Placeholders, Written } from './placeholders.js'

/**
 * What every rule of the grammar gets: the tokens, the side table, and the three rules that all others call. Rules that
 * start with `write` give canonical text, those that start with `read` give syntax tree.
 */
export interface Parsing {
  readonly cursor: Cursor
  readonly placeholders: Placeholders
  /** An expression, as canonical text for the body around it. */
  write(): Written
  /** An expression of operators only: no comparison, test, AND or OR outside parentheses. */
  writeOperand(): Written
  /** An expression, read to its end. */
  expression(): SqlExpression
  /** What is written, read to its end. */
  settle(written: Written): SqlExpression
  /** A query without the parentheses around it. */
  query(): Query
  /** One table of a FROM list with the joins after it. */
  joinedTables(): TableExpression
}
