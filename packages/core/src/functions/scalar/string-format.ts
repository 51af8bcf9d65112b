import { map, STRING, typeName } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { parseDecimal, rescale, formatDecimal } from '../../types/decimal.js'
import { textLength } from '../../types/text.js'
import { valueToText } from '../../types/value.js'
import type { FunctionContext, ResolvedTypes, ScalarFunction } from '../function.js'
import { badArgument } from '../function-error.js'
import { memoize } from '../memoize.js'
import { ANY, overload, TEXT } from '../signature.js'
import { checkTextUnits } from './text-limit.js'

/** Texts made by a format, quoted for SQL, or taken apart into keys and parts. */

interface Directive {
  /** Number of the argument from 0; `null`: the next one. */
  readonly argument: number | null
  readonly left: boolean
  readonly zeros: boolean
  readonly plus: boolean
  readonly grouped: boolean
  readonly width: number
  readonly precision: number | null
  readonly conversion: string
}

const DIRECTIVE = /%(?:(\d+)\$)?([-+0,# ]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g

const compileFormat = memoize((format: string): readonly (string | Directive)[] => {
  const parts: (string | Directive)[] = []
  let from = 0
  for (const match of format.matchAll(DIRECTIVE)) {
    const [whole, argument, flags = '', width = '', precision, conversion = ''] = match
    literalPart(format.slice(from, match.index), parts)
    from = match.index + whole.length
    parts.push({
      argument: argument === undefined ? null : Number(argument) - 1, left: flags.includes('-'), zeros: flags.includes('0'),
      plus: flags.includes('+'),
      grouped: flags.includes(','), width: Number(width), precision: precision === undefined ? null : Number(precision), conversion,
    })
  }
  literalPart(format.slice(from), parts)
  return parts
})

function literalPart(text: string, parts: (string | Directive)[]): void {
  if (text.includes('%')) badArgument(`'${text}' has a % that begins no conversion (write %% for the sign itself)`)
  if (text !== '') parts.push(text)
}

function printf(types: ResolvedTypes, context: FunctionContext): (format: string | null, ...values: Value[]) => string | null {
  const argTypes = types.args.slice(1)
  return (format, ...values) => {
    if (format === null) return null
    let next = 0
    let result = ''
    for (const part of compileFormat(format)) {
      if (typeof part === 'string') result += part
      else if (part.conversion === '%') result += '%'
      else if (part.conversion === 'n') result += '\n'
      else {
        const index = part.argument ?? next++
        if (index >= values.length) badArgument(`the format '${format}' asks for argument ${index + 1}, but there are ${values.length}`)
        result += padToWidth(part, convertValue(part, values[index]!, argTypes[index]!, context))
      }
    }
    return result
  }
}

function padToWidth(directive: Directive, text: string): string {
  checkTextUnits(directive.width)
  const missing = directive.width - textLength(text)
  if (missing <= 0) return text
  if (directive.left) return text + ' '.repeat(missing)
  if (!directive.zeros || !/^[+-]?[\d.,]+(e[+-]\d+)?$/i.test(text)) return ' '.repeat(missing) + text
  const signed = /^[+-]/.test(text) ? 1 : 0
  return text.slice(0, signed) + '0'.repeat(missing) + text.slice(signed)
}

function convertValue(directive: Directive, value: Value, type: DataType, context: FunctionContext): string {
  const { conversion } = directive
  switch (conversion) {
    case 'L': return value === null ? 'NULL' : quoteLiteral(valueToText(value, type, context.timeZone))
    case 'I':
      if (value === null) badArgument('NULL cannot stand for an identifier')
      return quoteIdentifier(valueToText(value, type, context.timeZone))
    case 's': case 'S': {
      const text = value === null ? 'null' : valueToText(value, type, context.timeZone)
      const cut = directive.precision === null ? text : text.slice(0, directive.precision)
      return conversion === 'S' ? cut.toUpperCase() : cut
    }
    case 'b': return String(value !== null && value !== false)
  }
  if (value === null) return 'null'
  if (typeof value !== 'number' && typeof value !== 'bigint') return badArgument(`%${conversion} takes a number, not ${typeName(type)}`)
  switch (conversion) {
    case 'd': return signed(directive, grouped(directive, integerText(value, type, conversion)))
    case 'x': return BigInt.asUintN(64, BigInt(integerText(value, type, conversion))).toString(16)
    case 'X': return BigInt.asUintN(64, BigInt(integerText(value, type, conversion))).toString(16).toUpperCase()
    case 'o': return BigInt.asUintN(64, BigInt(integerText(value, type, conversion))).toString(8)
    case 'c': return String.fromCodePoint(Number(integerText(value, type, conversion)))
    case 'f': return signed(directive, grouped(directive, fixedText(value, type, directive.precision ?? 6)))
    case 'e': return signed(directive,
      Number(valueToText(value, type)).toExponential(directive.precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2'))
    case 'g': return signed(directive, Number(valueToText(value, type)).toPrecision(Math.max(directive.precision ?? 6, 1)))
    default: return badArgument(`no conversion %${conversion}; there are %s %d %f %e %g %x %X %o %c %b %L %I %n %%`)
  }
}

function integerText(value: number | bigint, type: DataType, conversion: string): string {
  if (type.kind === 'DECIMAL' ? type.scale > 0
    : !Number.isInteger(Number(value))) badArgument(`%${conversion} takes an integer; %f takes any number`)
  return type.kind === 'FLOAT' || type.kind === 'DOUBLE' ? BigInt(value).toString() : String(value)
}

/** Rounded half up from the number's own decimal digits. */
function fixedText(value: number | bigint, type: DataType, digits: number): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  const parsed = parseDecimal(valueToText(value, type))!
  return formatDecimal(rescale(parsed.unscaled, parsed.scale, digits), digits)
}

function signed(directive: Directive, text: string): string {
  return directive.plus && !text.startsWith('-') ? `+${text}` : text
}

function grouped(directive: Directive, text: string): string {
  if (!directive.grouped) return text
  const [whole = '', fraction] = text.split('.')
  const separated = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? separated : `${separated}.${fraction}`
}

function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function quoteIdentifier(text: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`
}

const quoted = overload({
  args: [ANY], returns: STRING,
  make: ({ args }, context) => (value: Value) => quoteLiteral(valueToText(value, args[0]!, context.timeZone)),
})

function textToMap(text: string, between = ',', inside = '='): ReadonlyMap<Value, Value> {
  const result = new Map<Value, Value>()
  for (const pair of text === '' ? [] : text.split(between)) {
    const cut = pair.indexOf(inside)
    if (cut < 0) result.set(pair, null)
    else result.set(pair.slice(0, cut), pair.slice(cut + inside.length))
  }
  return result
}

const URL_PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)(?:\/\/(?:([^/?#@]*)@)?([^/?#:]*)(?::(\d+))?)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

/** NULL where the text is no URL or has no such part. */
function parseUrl(url: string, part: string, key?: string): string | null {
  const match = URL_PARTS.exec(url)
  if (match === null) return null
  const [, scheme, user, host, port, path = '', query, fragment] = match
  const file = query === undefined ? path : `${path}?${query}`
  switch (part.toUpperCase()) {
    case 'PROTOCOL': return scheme ?? null
    case 'HOST': return host || null
    case 'PORT': return port ?? null
    case 'PATH': return path
    case 'QUERY': return key === undefined ? query ?? null : queryValue(query ?? '', key)
    case 'REF': return fragment ?? null
    case 'FILE': return file
    case 'AUTHORITY': return host === undefined ? null
      : `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`
    case 'USERINFO': return user ?? null
    default: return badArgument(`no part '${part}' of a URL; there are PROTOCOL, HOST, PORT, PATH, QUERY, REF, FILE, AUTHORITY, USERINFO`)
  }
}

function queryValue(query: string, key: string): string | null {
  const pair = query.split('&').find((p) => p.startsWith(`${key}=`))
  return pair === undefined ? null : pair.slice(key.length + 1)
}

export const stringFormats: readonly ScalarFunction[] = [
  {
    name: 'format', aliases: ['printf', 'format_string'], category: 'string',
    doc: 'A text with values in place of `%s`, `%d`, `%.2f`, `%x`, `%L` (as an SQL literal), `%I` (as a name), …',
    overloads: [overload({ args: [TEXT], rest: ANY, returns: STRING, nulls: 'custom', nullable: true, make: printf })],
  },
  { name: 'quote_literal', category: 'string', doc: 'The value as an SQL literal.', overloads: [quoted] },
  {
    name: 'quote_nullable', category: 'string', doc: 'The value as an SQL literal; `NULL` for NULL.',
    overloads: [overload({
      args: [ANY], returns: STRING, nulls: 'custom',
      make: ({ args }, context) => (value: Value) =>
        (value === null ? 'NULL' : quoteLiteral(valueToText(value, args[0]!, context.timeZone))),
    })],
  },
  {
    name: 'quote_ident', category: 'string', doc: 'The text as an SQL name, quoted where it must be.',
    overloads: [overload({ args: [TEXT], returns: STRING, call: quoteIdentifier })],
  },
  {
    name: 'str_to_map', category: 'string',
    doc: 'A map out of `key=value` pairs; the separators between and inside pairs are `,` and `=` unless given.',
    overloads: [overload({ args: [TEXT, TEXT, TEXT], optional: 2, returns: map(STRING, STRING), call: textToMap })],
  },
  {
    name: 'parse_url', category: 'string',
    doc: 'A part of a URL: PROTOCOL, HOST, PORT, PATH, QUERY, REF, FILE, AUTHORITY, USERINFO; of QUERY also the value of a key.',
    overloads: [overload({ args: [TEXT, TEXT, TEXT], optional: 1, returns: STRING, nullable: true, call: parseUrl })],
  },
]
