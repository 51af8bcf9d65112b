import { Cursor } from './cursor.js'
import { readJoinedTables } from './from.js'
import { parseExpressions } from './node-sql-parser.js'
import type { Parsing } from './parsing.js'
import { Placeholders } from './placeholders.js'
import type { Written } from './placeholders.js'
import { readQuery } from './query.js'
import { writeConcatenation, writeExpression } from './write-expression.js'

/** The grammar over a text, from its first token. @throws what cutting the text into tokens throws */
export function startParsing(text: string): Parsing {
  const cursor = new Cursor(text)
  const placeholders = new Placeholders()
  const settle = (written: Written, start: number) => parseExpressions([written], placeholders, cursor.spanFrom(start))[0]!
  const p: Parsing = {
    cursor,
    placeholders,
    write: () => writeExpression(p),
    writeOperand: () => writeConcatenation(p),
    expression: () => {
      const { start } = cursor
      return settle(writeExpression(p), start)
    },
    settle: (written) => settle(written, cursor.end),
    query: () => readQuery(p),
    joinedTables: () => readJoinedTables(p),
  }
  return p
}
