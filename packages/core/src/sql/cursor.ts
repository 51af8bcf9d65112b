import type { ErrorCode, Span } from '../errors.js'
import { MillraceError, nearestName } from '../errors.js'
import { SQL_DEPTH_MAX } from '../limits.js'
import type { Name } from './ast.js'
import type { Token } from './token.js'
import { tokenLabel } from './token.js'
import { tokenize } from './tokenize.js'
import { isReserved } from './words.js'

const QUERY_WORDS: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES'])
const AFTER_QUERY: ReadonlySet<string> = new Set([
  'UNION', 'INTERSECT', 'EXCEPT', 'MINUS', 'ORDER', 'LIMIT', 'OFFSET', 'FETCH', 'EMIT', ')', ';',
])

/** A place in a token stream, and the vocabulary in which the grammar is written. */
export class Cursor {
  readonly text: string
  private readonly tokens: readonly Token[]
  private brackets: Int32Array | null = null
  private index = 0
  private depth = 0

  /** @throws what {@link tokenize} throws */
  constructor(text: string) {
    this.text = text
    this.tokens = tokenize(text)
  }

  get token(): Token {
    return this.tokens[this.index]!
  }

  get previous(): Token | undefined {
    return this.tokens[this.index - 1]
  }

  /** Offset at which the construct about to be read starts. */
  get start(): number {
    return this.token.start
  }

  /** Offset at which the construct just read ended. */
  get end(): number {
    return this.tokens[this.index - 1]?.end ?? 0
  }

  get ended(): boolean {
    return this.token.kind === 'end'
  }

  /** The token `ahead` places on; past the end, the end. */
  peek(ahead: number): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)]!
  }

  /** How many tokens ahead the bracket that is `ahead` places on is closed; the end if it never is. */
  closing(ahead: number): number {
    this.brackets ??= matchBrackets(this.tokens)
    return this.brackets[this.index + ahead]! - this.index
  }

  /** Whether a query starts `ahead` places on: SELECT, WITH, VALUES, or those in parentheses that do not go on as an expression. */
  atQuery(ahead = 0): boolean {
    let inner = ahead
    while (this.peek(inner).key === '(' && inner - ahead < SQL_DEPTH_MAX) inner += 1
    if (!QUERY_WORDS.has(this.peek(inner).key)) return false
    for (let open = inner - 1; open >= ahead; open--) if (!AFTER_QUERY.has(this.peek(this.closing(open) + 1).key)) return false
    return true
  }

  next(): Token {
    const token = this.token
    if (token.kind !== 'end') this.index += 1
    return token
  }

  spanFrom(start: number): Span {
    return { start, end: Math.max(start, this.end) }
  }

  /** Whether the next tokens are these words or symbols. */
  at(...keys: readonly string[]): boolean {
    for (let i = 0; i < keys.length; i++) if (this.peek(i).key !== keys[i]) return false
    return true
  }

  atAny(keys: readonly string[]): boolean {
    return keys.includes(this.token.key)
  }

  /** Moves past these words or symbols if they are next. */
  take(...keys: readonly string[]): boolean {
    if (!this.at(...keys)) return false
    this.index += keys.length
    return true
  }

  expect(...keys: readonly string[]): Token {
    const token = this.token
    for (const key of keys) {
      if (this.token.key !== key) this.fail(keys.join(' '), [key])
      this.next()
    }
    return token
  }

  /** An identifier, quoted or not. */
  name(what: string): Name {
    const token = this.token
    if (token.kind === 'quoted' || (token.kind === 'word' && !isReserved(token.key))) return nameOf(this.next())
    if (token.kind === 'word') this.fail(`${what} (the word is reserved: quote it to use it as a name)`)
    return this.fail(what)
  }

  /** A name after a word that leaves no doubt that it is one (AS, a dot): reserved words are welcome. */
  anyName(what: string): Name {
    const { kind } = this.token
    return kind === 'quoted' || kind === 'word' ? nameOf(this.next()) : this.fail(what)
  }

  string(what: string): string {
    return this.token.kind === 'string' ? this.next().text : this.fail(what)
  }

  /** A whole number without sign, as in `DECIMAL(10, 2)`. */
  wholeNumber(what: string): number {
    const token = this.token
    if (token.kind !== 'number' || !/^\d{1,15}$/.test(token.text)) this.fail(what)
    return Number(this.next().text)
  }

  /** One or more, separated by commas. */
  list<T>(read: () => T): T[] {
    const items = [read()]
    while (this.take(',')) items.push(read())
    return items
  }

  /** `( … )` around what `read` reads. */
  parenthesised<T>(read: () => T): T {
    this.expect('(')
    const result = this.nested(read)
    this.expect(')')
    return result
  }

  /** Counts one level of nesting. @throws MillraceError SQL_TOO_COMPLEX past SQL_DEPTH_MAX */
  nested<T>(read: () => T): T {
    if (this.depth >= SQL_DEPTH_MAX) {
      throw new MillraceError('SQL_TOO_COMPLEX', `the text is nested more than ${SQL_DEPTH_MAX} deep here`, { span: spanOf(this.token) })
    }
    this.depth += 1
    const result = read()
    this.depth -= 1
    return result
  }

  get nesting(): number {
    return this.depth
  }

  /**
   * Raises SQL_SYNTAX at the next token. With `candidates`, a word that looks like one of them misspelt is blamed: this
   * one, or the one before, which was then taken for an alias (`FROM t GRUOP BY …`).
   */
  fail(expected: string, candidates: readonly string[] = []): never {
    const blamed = this.misspelt(candidates)
    const token = blamed?.token ?? this.token
    const message = `expected ${expected} before ${tokenLabel(this.token, this.text)}`
    throw new MillraceError('SQL_SYNTAX', blamed === null ? message : `\`${token.text}\` is not understood here`, {
      span: spanOf(token),
      ...(blamed === null ? {} : { suggestion: blamed.suggestion }),
    })
  }

  /** Raises `code` at a span, by default at the next token. */
  refuse(message: string, span: Span = this.token, code: ErrorCode = 'SQL_UNSUPPORTED'): never {
    throw new MillraceError(code, message, { span: spanOf(span) })
  }

  private misspelt(candidates: readonly string[]): { token: Token; suggestion: string } | null {
    for (const token of [this.token, this.previous]) {
      if (token?.kind !== 'word' || isReserved(token.key) || token.text.length < 2) continue
      const firsts = candidates.map((candidate) => candidate.split(' ')[0]!)
      const nearest = nearestName(token.key, firsts)
      if (nearest !== undefined && nearest !== token.key) return { token, suggestion: candidates[firsts.indexOf(nearest)]! }
    }
    return null
  }
}

export function nameOf(token: Token): Name {
  return { text: token.text, quoted: token.kind === 'quoted', span: spanOf(token) }
}

/** The place of a token and nothing else of it. */
export function spanOf({ start, end }: Span): Span {
  return { start, end }
}

/** For each `(` and `[` the index of the token that closes it; of the end for one that nothing closes. */
function matchBrackets(tokens: readonly Token[]): Int32Array {
  const closing = new Int32Array(tokens.length).fill(tokens.length - 1)
  const open: number[] = []
  for (let i = 0; i < tokens.length; i++) {
    const { key } = tokens[i]!
    if (key === '(' || key === '[') open.push(i)
    if (key !== ')' && key !== ']') continue
    const start = open.pop()
    if (start !== undefined) closing[start] = i
  }
  return closing
}
