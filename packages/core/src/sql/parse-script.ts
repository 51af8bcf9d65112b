import type { Script, Statement } from './ast.js'
import { startParsing } from './start-parsing.js'
import { readStatement } from './statement.js'

/**
 * Parses a SQL text: statements that semicolons separate.
 *
 * @throws MillraceError SQL_SYNTAX, SQL_UNSUPPORTED, SQL_LITERAL, SQL_TYPE_UNKNOWN, SQL_WINDOW, SQL_TOO_COMPLEX, each
 * with `details.span`; see {@link locateError} for file, line and column
 */
export function parseScript(text: string): Script {
  const p = startParsing(text)
  const statements: Statement[] = []
  for (;;) {
    while (p.cursor.take(';'));
    if (p.cursor.ended) return { statements }
    statements.push(readStatement(p))
  }
}

export { parseType } from './type-syntax.js'
