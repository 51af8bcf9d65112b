import type { Name, SqlExpression } from './ast.js'
import { spanOf } from './cursor.js'
import type { Parsing } from './parsing.js'
import type { Written } from './placeholders.js'
import { plainCall } from './plain-call.js'
import { readType } from './type-syntax.js'
import { lookup } from '../lookup.js'

/** A call whose arguments are not just a list. Each becomes a plain call, as the table of {@link SPECIAL} says. */
export function writeSpecialCall(p: Parsing, name: Name): Written | null {
  const write = SPECIAL[name.text.toUpperCase()]
  if (write === undefined) return null
  p.cursor.expect('(')
  const made = p.cursor.nested(() => write(p))
  p.cursor.expect(')')
  const span = p.cursor.spanFrom(name.span.start)
  const called: Name = made.name === undefined ? name : { ...name, text: made.name }
  return p.placeholders.form(made.args, (args) => {
    const call = plainCall(called, args, span)
    return made.cast === undefined ? call : made.cast(call)
  })
}

interface Made {
  readonly args: readonly Written[]
  /** The function's name where it is not the written one. */
  readonly name?: string
  readonly cast?: (call: SqlExpression) => SqlExpression
}

const SPECIAL: Readonly<Record<string, (p: Parsing) => Made>> = lookup({
  EXTRACT: writeExtract,
  SUBSTRING: writeSubstring,
  POSITION: writePosition,
  TRIM: writeTrim,
  OVERLAY: writeOverlay,
  CEIL: writeToUnit,
  CEILING: writeToUnit,
  FLOOR: writeToUnit,
  TIMESTAMPADD: writeUnitFirst,
  TIMESTAMPDIFF: writeUnitFirst,
  JSON_VALUE: writeJsonValue,
  JSON_EXISTS: writeJsonPath,
  JSON_QUERY: writeJsonPath,
  JSON_OBJECT: writeJsonObject,
})

function writeList(p: Parsing): Written[] {
  return p.cursor.at(')') ? [] : p.cursor.list(() => p.write())
}

/** A unit of time as a string: DAY is `'day'`. */
function writeUnit(p: Parsing): Written {
  const { cursor } = p
  const token = cursor.token
  if (token.kind !== 'word' && token.kind !== 'string') cursor.fail('a unit of time')
  cursor.next()
  const text = token.text.toLowerCase().replace(/^sql_tsi_/, '')
  return p.placeholders.atom({ kind: 'literal', type: 'string', text, span: spanOf(token) })
}

/** `EXTRACT(YEAR FROM x)` is extract('year', x). */
function writeExtract(p: Parsing): Made {
  if (p.cursor.peek(1).key === ',') return { args: writeList(p) }
  const unit = writeUnit(p)
  p.cursor.expect('FROM')
  return { args: [unit, p.write()] }
}

/** `SUBSTRING(s FROM a FOR b)` is substring(s, a, b). */
function writeSubstring(p: Parsing): Made {
  const { cursor } = p
  const args = [p.write()]
  if (cursor.at(',')) return { args: [...args, ...(cursor.next(), cursor.list(() => p.write()))] }
  if (cursor.take('FROM')) args.push(p.write())
  else if (cursor.at('FOR')) args.push(p.placeholders.atom({ kind: 'literal', type: 'integer', text: '1', span: spanOf(cursor.token) }))
  if (cursor.take('FOR')) args.push(p.write())
  return { args }
}

/** `POSITION(a IN b)` is position(a, b). */
function writePosition(p: Parsing): Made {
  const { cursor } = p
  // A whole expression would take IN for the test.
  const first = p.writeOperand()
  if (cursor.take('IN')) return { args: [first, p.write()] }
  cursor.expect(',')
  return { args: [first, ...cursor.list(() => p.write())] }
}

/** `TRIM(LEADING a FROM b)` is trim_leading(b, a); BOTH is trim itself. */
function writeTrim(p: Parsing): Made {
  const { cursor } = p
  const sided = cursor.atAny(['BOTH', 'LEADING', 'TRAILING']) && ![',', ')', '.'].includes(cursor.peek(1).key)
  const side = sided ? cursor.next().key : null
  const name = side === null || side === 'BOTH' ? {} : { name: `trim_${side.toLowerCase()}` }
  if (cursor.take('FROM')) return { args: [p.write()], ...name }
  const first = p.write()
  if (cursor.take('FROM')) return { args: [p.write(), first], ...name }
  return { args: cursor.take(',') ? [first, ...cursor.list(() => p.write())] : [first], ...name }
}

/** `OVERLAY(s PLACING r FROM a FOR b)` is overlay(s, r, a, b). */
function writeOverlay(p: Parsing): Made {
  const { cursor } = p
  const args = [p.write()]
  if (cursor.at(',')) return { args: [...args, ...(cursor.next(), cursor.list(() => p.write()))] }
  cursor.expect('PLACING')
  args.push(p.write())
  cursor.expect('FROM')
  args.push(p.write())
  if (cursor.take('FOR')) args.push(p.write())
  return { args }
}

/** `CEIL(x TO DAY)` is ceil(x, 'day'). */
function writeToUnit(p: Parsing): Made {
  const args = writeList(p)
  return { args: p.cursor.take('TO') ? [...args, writeUnit(p)] : args }
}

/** `TIMESTAMPADD(DAY, n, x)` is timestampadd('day', n, x). */
function writeUnitFirst(p: Parsing): Made {
  const unit = writeUnit(p)
  p.cursor.expect(',')
  return { args: [unit, ...p.cursor.list(() => p.write())] }
}

/** JSON_VALUE with RETURNING is a cast; what is said of empty and wrong values must be the default, NULL. */
function writeJsonValue(p: Parsing): Made {
  const { cursor } = p
  const args = writeList(p)
  const type = cursor.take('RETURNING') ? readType(cursor) : null
  takeJsonDefaults(p)
  if (type === null) return { args }
  return { args, cast: (operand) => ({ kind: 'cast', operand, type, tolerant: true, span: operand.span }) }
}

function writeJsonPath(p: Parsing): Made {
  const args = writeList(p)
  takeJsonDefaults(p)
  return { args }
}

const JSON_DEFAULTS = [['NULL', 'ON', 'EMPTY'], ['NULL', 'ON', 'ERROR'], ['WITHOUT', 'WRAPPER'], ['WITHOUT', 'ARRAY', 'WRAPPER']] as const

function takeJsonDefaults(p: Parsing): void {
  const { cursor } = p
  while (JSON_DEFAULTS.some((words) => cursor.take(...words)));
  if (cursor.atAny(['DEFAULT', 'ERROR', 'NULL', 'TRUE', 'FALSE', 'UNKNOWN', 'EMPTY', 'WITH', 'WITHOUT', 'KEEP', 'OMIT'])) {
    cursor.refuse('only NULL ON EMPTY and NULL ON ERROR are supported: use COALESCE for another default')
  }
}

/** `JSON_OBJECT(KEY 'k' VALUE v, …)` is json_object('k', v, …). */
function writeJsonObject(p: Parsing): Made {
  const { cursor } = p
  if (cursor.at(')')) return { args: [] }
  const args: Written[] = []
  do {
    if (cursor.at('KEY') && ![',', 'VALUE', '.', '('].includes(cursor.peek(1).key)) cursor.next()
    args.push(p.write())
    if (!cursor.take('VALUE') && !cursor.take(':')) cursor.expect(',')
    args.push(p.write())
  } while (cursor.take(','))
  if (cursor.take('NULL', 'ON', 'NULL')) return { args }
  if (cursor.at('ABSENT')) cursor.refuse('ABSENT ON NULL is not supported')
  return { args }
}
