import type { Name, SqlExpression, TableExpression, WindowSyntax } from './ast.js'
import type { Parsing } from './parsing.js'
import { readDuration, readOffset } from './window-duration.js'
import { lookup } from '../lookup.js'

type Kind = WindowSyntax['kind']
const KINDS: Readonly<Record<string, Kind>> = lookup({ TUMBLE: 'tumble', HOP: 'hop', CUMULATE: 'cumulate', SESSION: 'session' })

/** The parameters of each window table function, in order; those in brackets may be left out. */
const PARAMETERS: Readonly<Record<Kind, readonly string[]>> = {
  tumble: ['DATA', 'TIMECOL', 'SIZE', '[OFFSET]'],
  hop: ['DATA', 'TIMECOL', 'SLIDE', 'SIZE', '[OFFSET]'],
  cumulate: ['DATA', 'TIMECOL', 'STEP', 'SIZE', '[OFFSET]'],
  session: ['DATA', 'TIMECOL', 'GAP'],
}

/** Whether a window table function is next, and not a table or a function of that name. */
export function atWindowTable(p: Parsing): boolean {
  const { cursor } = p
  if (KINDS[cursor.token.key] === undefined || cursor.peek(1).key !== '(') return false
  return ['TABLE', 'DATA', 'TIMECOL', '('].includes(cursor.peek(2).key) || cursor.peek(3).key === ',' || cursor.peek(3).key === '=>'
}

/** `TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE)` and its kin; arguments in order or by name. */
export function readWindowTable(p: Parsing): Extract<TableExpression, { kind: 'window' }> {
  const { cursor } = p
  const { start } = cursor
  const kind = KINDS[cursor.next().key]!
  const parameters = PARAMETERS[kind]
  const found = cursor.parenthesised(() => readArguments(p, parameters))
  const span = cursor.spanFrom(start)
  const missing = parameters.find((parameter) => !parameter.startsWith('[') && !found.given.has(parameter))
  if (missing !== undefined) {
    const form = `${kind.toUpperCase()}(${parameters.join(', ')})`
    cursor.refuse(`${missing} is missing: the arguments are ${form}`, span, 'SQL_WINDOW')
  }
  const { durations } = found
  const size = durations.get('SIZE') ?? durations.get('GAP')!
  const slide = durations.get('SLIDE') ?? durations.get('STEP') ?? null
  if (slide !== null && slide > size) cursor.refuse(`the step is longer than the window of ${kind.toUpperCase()}`, span, 'SQL_WINDOW')
  if (kind === 'cumulate' && size % slide! !== 0) cursor.refuse('the size of CUMULATE must be a whole number of steps', span, 'SQL_WINDOW')
  return {
    kind: 'window', input: found.input!, alias: null, span,
    window: {
      kind, time: found.time!, sizeMicros: size, slideMicros: slide, offsetMicros: durations.get('OFFSET') ?? 0, graceMicros: null,
      partitionBy: found.partitionBy, span,
    },
  }
}

interface Found {
  readonly given: Set<string>
  input: TableExpression | null
  partitionBy: readonly SqlExpression[]
  time: Name | null
  readonly durations: Map<string, number>
}

function readArguments(p: Parsing, parameters: readonly string[]): Found {
  const { cursor } = p
  const found: Found = { given: new Set(), input: null, partitionBy: [], time: null, durations: new Map() }
  const names = parameters.map((parameter) => parameter.replace(/\W/g, ''))
  let position = 0
  cursor.list(() => {
    const { token } = cursor
    const named = cursor.peek(1).key === '=>'
    const name = named ? cursor.next().key : names[position++]
    if (name === undefined) return cursor.refuse(`there are too many arguments: ${parameters.join(', ')}`, token, 'SQL_WINDOW')
    if (!names.includes(name)) cursor.refuse(`there is no argument ${token.text}: ${parameters.join(', ')}`, token, 'SQL_WINDOW')
    if (found.given.has(name)) cursor.refuse(`${name} is given twice`, token, 'SQL_WINDOW')
    if (named) cursor.expect('=>')
    found.given.add(name)
    if (name === 'DATA') readData(p, found)
    else if (name === 'TIMECOL') found.time = readDescriptor(p)
    else found.durations.set(name, name === 'OFFSET' ? readOffset(cursor) : readDuration(cursor, `${name.toLowerCase()} of the window`))
  })
  return found
}

/** `TABLE t`, `TABLE (query)`, `(query)` or `t`, with PARTITION BY. */
function readData(p: Parsing, found: Found): void {
  const { cursor } = p
  const { start } = cursor
  cursor.take('TABLE')
  if (cursor.at('(')) {
    if (!cursor.atQuery(1)) {
      cursor.next()
      cursor.fail('a query', ['SELECT'])
    }
    const query = cursor.parenthesised(() => p.query())
    found.input = { kind: 'derived', query, alias: null, columns: [], lateral: false, span: cursor.spanFrom(start) }
  } else {
    const name = cursor.name('the name of a table')
    if (cursor.at('.')) cursor.refuse('tables have names of one part', cursor.token)
    found.input = { kind: 'table', name, alias: null, asOf: null, span: name.span }
  }
  if (!cursor.take('PARTITION', 'BY')) return
  // Without parentheses a comma ends the list: the next argument follows it.
  if (cursor.at('(')) {
    found.partitionBy = cursor.parenthesised(() => cursor.list(() => p.expression()))
    return
  }
  const keys = [p.expression()]
  while (cursor.at(',') && !cursor.at(',', 'DESCRIPTOR') && cursor.peek(2).key !== '=>') {
    cursor.next()
    keys.push(p.expression())
  }
  found.partitionBy = keys
}

function readDescriptor(p: Parsing): Name {
  const { cursor } = p
  cursor.expect('DESCRIPTOR')
  return cursor.parenthesised(() => {
    const name = cursor.name('the time column')
    if (cursor.at('.')) cursor.refuse('DESCRIPTOR takes the bare name of a column', cursor.token)
    return name
  })
}
