import type { OverSyntax, Name, Select, SqlExpression, WindowSyntax } from './ast.js'
import { writeFrom } from './from.js'
import { readGroupBy } from './group-by.js'
import { parseSelect } from './node-sql-parser.js'
import { readWindowDefinition } from './over.js'
import type { Parsing } from './parsing.js'
import { listed } from './placeholders.js'
import { nameOf } from './cursor.js'
import { atShortWindow, readShortWindow } from './short-window.js'
import { isBareAlias } from './words.js'

/** `SELECT … FROM … WHERE … GROUP BY … HAVING … QUALIFY … WINDOW …`, up to what belongs to the query around it. */
export function readSelect(p: Parsing): Select {
  const { cursor } = p
  const { start } = cursor
  cursor.expect('SELECT')
  const distinct = cursor.take('DISTINCT')
  if (distinct && cursor.at('ON')) cursor.refuse('DISTINCT ON is not supported: use ROW_NUMBER() OVER (…) and keep row 1')
  if (!distinct) cursor.take('ALL')
  const items = cursor.list(() => writeItem(p))
  const from = cursor.take('FROM') ? writeFrom(p) : null

  const windows = new Windows(p)
  windows.read()
  const where = cursor.take('WHERE') ? p.write().text : null
  windows.read()
  const groupBy = readGroupBy(p)
  windows.read()
  const having = cursor.take('HAVING') ? p.write().text : null
  windows.read()
  let qualify: SqlExpression | null = cursor.take('QUALIFY') ? p.expression() : null
  windows.read()
  if (qualify === null && cursor.take('QUALIFY')) qualify = p.expression()

  const span = cursor.spanFrom(start)
  const groups = groupBy === null || groupBy.expressions.length === 0 ? null : listed(groupBy.expressions)
  const rest = clause('FROM', from) + clause('WHERE', where) + clause('GROUP BY', groups) + clause('HAVING', having)
  const text = `SELECT ${distinct ? 'DISTINCT ' : ''}${items.join(', ')}${rest}`
  const body = parseSelect(text, p.placeholders, span)
  return {
    kind: 'select', ...body, qualify, span,
    groupBy: groupBy === null ? null : { expressions: body.groupBy, sets: groupBy.sets, span: groupBy.span },
    window: windows.short,
    namedWindows: windows.named,
  }
}

function clause(word: string, text: string | null): string {
  return text === null ? '' : ` ${word} ${text}`
}

/** `*`, `t.*`, `expression [AS] alias` */
function writeItem(p: Parsing): string {
  const { cursor, placeholders } = p
  const { start } = cursor
  if (cursor.take('*')) return placeholders.add({ kind: 'star', item: { kind: 'star', qualifier: null, span: cursor.spanFrom(start) } })
  if (cursor.peek(1).key === '.' && cursor.peek(2).key === '*') {
    const qualifier = cursor.name('the name of a table')
    cursor.expect('.', '*')
    return placeholders.add({ kind: 'star', item: { kind: 'star', qualifier, span: cursor.spanFrom(start) } })
  }
  const text = listed([p.write()])
  const alias = readAlias(p)
  return alias === null ? text : `${text} AS ${placeholders.add({ kind: 'alias', name: alias })}`
}

function readAlias(p: Parsing): Name | null {
  const { cursor } = p
  if (cursor.take('AS')) return cursor.anyName('an alias')
  const { kind, key } = cursor.token
  return kind === 'quoted' || (kind === 'word' && isBareAlias(key)) ? nameOf(cursor.next()) : null
}

/** WINDOW, which other engines put after FROM, after GROUP BY or at the end. */
class Windows {
  short: WindowSyntax | null = null
  readonly named: { name: Name; over: OverSyntax }[] = []

  constructor(private readonly p: Parsing) {}

  read(): void {
    const { cursor } = this.p
    while (cursor.at('WINDOW')) {
      if (atShortWindow(this.p)) this.readShort()
      else this.readNamed()
    }
  }

  private readShort(): void {
    const window = readShortWindow(this.p)
    if (this.short !== null) this.p.cursor.refuse('a query has one window', window.span, 'SQL_WINDOW')
    this.short = window
  }

  private readNamed(): void {
    const { cursor } = this.p
    cursor.expect('WINDOW')
    const named = cursor.list(() => {
      const name = cursor.name('the name of a window')
      cursor.expect('AS')
      return { name, over: readWindowDefinition(this.p) }
    })
    this.named.push(...named)
  }
}
