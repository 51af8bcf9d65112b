/**
 * A conformance file: tables with their rows, then queries with what they must answer.
 *
 * ```
 * # Groups are formed over NULL keys too.
 * table trades (symbol STRING, quantity INT)
 * ada | 10
 * NULL | 3
 *
 * query
 * SELECT symbol, sum(quantity) FROM trades GROUP BY symbol
 * ----
 * NULL | 3
 * ada | 10
 *
 * error DIVISION_BY_ZERO
 * SELECT 1 / 0
 * ```
 *
 * `query ordered` compares rows in order, plain `query` sorted. A line `duckdb <sql>` before the query's text gives DuckDB
 * another text, `duckdb none: reason` says why it has no say; else DuckDB gets the same text and must agree.
 * In table rows `NULL` is NULL, `''` the empty string, `\n` a line break.
 *
 * **Streams.** `stream` declares a table that goes on until `end`; its rows come by `push`, each with its kind. A
 * `query changes` starts afresh with nothing pushed, is told what happens, and says after each `----` what has come out
 * since the one before. All tables of the file can be joined; those with rows are bounded.
 *
 * ```
 * # A tumbling window is emitted once, when the watermark passes its end.
 * stream clicks (user_name STRING, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
 *
 * query changes
 * SELECT user_name, count(*) FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(at), INTERVAL '1' MINUTE))
 * GROUP BY user_name, window_start, window_end
 *
 * push clicks
 * + ada | 2026-01-01 00:00:10
 * + ada | 2026-01-01 00:00:59
 * + bob | 2026-01-01 00:01:07      # the watermark is now 00:01:02
 * ----
 * + ada | 2
 *
 * advance 10 s
 *
 * end
 * ----
 * + bob | 1
 * ```
 *
 * - After the columns of a stream: `splits 3` (then `push clicks split 2` puts rows into the last one), `changes` (its rows
 *   may take back others: `-U`, `+U`, `-`), `with 'option' = 'value', …`.
 * - `advance 10 s` moves the clock (ms, s, m, h), `end clicks` or `end clicks split 1` ends one, `end` all: the query then
 *   goes on to its end. It does so too after the last step, but what comes out then is not compared.
 * - Answers are the *net* change since the last `----`, sorted: a row that came and was taken back in between is not
 *   there, and an update is `-` and `+`. So they are the same for any batches and workers, and each runs in many modes.
 *   `query changes exact` also compares kind and order of every change (`+I`, `-U`, `+U`, `-D`) where one worker takes all
 *   the rows of a push as one batch.
 * - With a line `duckdb same` or `duckdb <sql>` DuckDB answers over all rows that were pushed, and must agree with what
 *   the changes come to; `duckdb none: reason` says why it is not asked.
 */
export interface SltFile {
  readonly name: string
  readonly tables: readonly SltTable[]
  readonly streams: readonly SltStream[]
  readonly steps: readonly SltStep[]
}

export interface SltStream {
  readonly name: string
  readonly columns: string
  readonly splits: number
  /** Its rows may take back others. */
  readonly changes: boolean
  /** Options of its table, as in WITH. */
  readonly options: string
}

export interface SltTable {
  readonly name: string
  /** The column list as written, without the outer parentheses. */
  readonly columns: string
  readonly rows: readonly (readonly (string | null)[])[]
}

export type SltStep = SltQuery | SltChanges | SltError

/** What happens to a streaming query. */
export type SltEvent =
  | { readonly kind: 'push'; readonly stream: string; readonly split: number; readonly rows: readonly SltRow[] }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'end'; readonly stream: string | null; readonly split: number | null }

export interface SltRow {
  /** `+`, `-`, `+I`, `-U`, `+U` or `-D`. */
  readonly kind: string
  readonly cells: readonly (string | null)[]
}

export interface SltChanges {
  readonly kind: 'changes'
  readonly line: number
  readonly exact: boolean
  readonly sql: string
  /** What DuckDB is asked over all rows pushed; null: it is not. */
  readonly duckdb: string | null
  readonly events: readonly (SltEvent & { readonly line: number; readonly expectation: SltExpectation | null })[]
}

export interface SltExpectation {
  readonly expected: readonly string[]
  readonly expectedLines: readonly [number, number]
}

export interface SltQuery {
  readonly kind: 'query'
  readonly line: number
  readonly ordered: boolean
  readonly sql: string
  readonly duckdb: { readonly sql: string } | { readonly none: string } | null
  readonly expected: readonly string[]
  /** Lines of the file (0-based, end exclusive) that hold `expected`, for `--update`. */
  readonly expectedLines: readonly [number, number]
}

export interface SltError {
  readonly kind: 'error'
  readonly line: number
  readonly code: string
  readonly sql: string
}

export function parseSlt(name: string, text: string): SltFile {
  const lines = text.split('\n')
  const tables: SltTable[] = []
  const streams: SltStream[] = []
  const steps: SltStep[] = []
  let at = 0
  const until = (stop: (line: string) => boolean): string[] => {
    const taken: string[] = []
    while (at < lines.length && !stop(lines[at]!)) taken.push(lines[at++]!)
    return taken
  }
  const isBlank = (line: string): boolean => line.trim() === ''
  const events = (): SltChanges['events'][number][] => {
    const found: SltChanges['events'][number][] = []
    for (;;) {
      while (at < lines.length && (isBlank(lines[at]!) || lines[at]!.startsWith('#'))) at++
      const event = eventFrom(lines[at] ?? '')
      if (event === null) return found
      const line = ++at
      const rows = until((l) => isBlank(l) || l === '----').filter((l) => !l.startsWith('#')).map(rowFrom)
      let expectation: SltExpectation | null = null
      if (lines[at] === '----') {
        const start = ++at
        expectation = { expected: until(isBlank), expectedLines: [start, at] }
      }
      found.push({ ...event, ...(event.kind === 'push' ? { rows } : {}), line, expectation } as SltChanges['events'][number])
    }
  }
  while (at < lines.length) {
    const line = lines[at]!
    const number = at + 1
    if (isBlank(line) || line.startsWith('#')) {
      at++
      continue
    }
    const table = /^table\s+(\w+)\s*\((.*)\)\s*$/.exec(line)
    if (table) {
      at++
      const rows = until(isBlank).filter((row) => !row.startsWith('#')).map(cells)
      tables.push({ name: table[1]!, columns: table[2]!, rows })
      continue
    }
    const stream = /^stream\s+(\w+)\s*\((.*)\)\s*(?:splits\s+(\d+)\s*)?(changes\s*)?(?:with\s+(.*))?$/.exec(line)
    if (stream) {
      at++
      const [, streamName = '', columns = '', splits = '1', changes, options = ''] = stream
      streams.push({ name: streamName, columns, splits: Number(splits), changes: changes !== undefined, options })
      continue
    }
    const changes = /^query\s+changes(\s+exact)?\s*$/.exec(line)
    if (changes) {
      at++
      const duckdb = /^duckdb\s+(.*)$/.exec(lines[at] ?? '')?.[1] ?? null
      if (duckdb !== null) at++
      const sql = until(isBlank).join('\n')
      const asked = duckdb === 'same' ? sql : duckdb?.startsWith('none:') ? null : duckdb
      steps.push({ kind: 'changes', line: number, exact: changes[1] !== undefined, sql, duckdb: asked, events: events() })
      continue
    }
    const query = /^query(\s+ordered)?\s*$/.exec(line)
    if (query) {
      at++
      let duckdb: SltQuery['duckdb'] = null
      const directive = /^duckdb\s+(?:none:\s*(.*)|(.*))$/.exec(lines[at] ?? '')
      if (directive) {
        duckdb = directive[1] === undefined ? { sql: directive[2]! } : { none: directive[1] }
        at++
      }
      const sql = until((l) => l === '----').join('\n')
      at++
      const start = at
      const expected = until(isBlank)
      steps.push({ kind: 'query', line: number, ordered: query[1] !== undefined, sql, duckdb, expected, expectedLines: [start, at] })
      continue
    }
    const error = /^error\s+(\w+)\s*$/.exec(line)
    if (error) {
      at++
      steps.push({ kind: 'error', line: number, code: error[1]!, sql: until(isBlank).join('\n') })
      continue
    }
    throw new Error(`${name}:${number}: neither table, stream, query nor error: ${line}`)
  }
  return { name, tables, streams, steps }
}

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** The first line of an event, or null where the line begins something else. */
function eventFrom(line: string): SltEvent | null {
  const push = /^push\s+(\w+)(?:\s+split\s+(\d+))?\s*$/.exec(line)
  if (push) return { kind: 'push', stream: push[1]!, split: Number(push[2] ?? 0), rows: [] }
  const advance = /^advance\s+(\d+)\s*(ms|s|m|h)\s*$/.exec(line)
  if (advance) return { kind: 'advance', ms: Number(advance[1]) * MS[advance[2]!]! }
  const end = /^end(?:\s+(\w+))?(?:\s+split\s+(\d+))?\s*$/.exec(line)
  if (end) return { kind: 'end', stream: end[1] ?? null, split: end[2] === undefined ? null : Number(end[2]) }
  return null
}

function rowFrom(line: string): SltRow {
  const row = /^\s*([+-][IUD]?)\s(.*?)(?:\s{2,}#.*)?$/.exec(line)
  if (!row) throw new Error(`a row that is pushed begins with its kind (+, -, +I, -U, +U, -D): ${line}`)
  return { kind: row[1]!, cells: cells(row[2]!) }
}

function cells(line: string): (string | null)[] {
  return line.split('|').map((cell) => {
    const text = cell.trim()
    if (text === 'NULL') return null
    return text === "''" ? '' : text.replaceAll('\\n', '\n')
  })
}

/** The file's text with other answers: for each expectation, by its lines. */
export function updateSlt(text: string, answers: ReadonlyMap<readonly [number, number], readonly string[]>): string {
  const lines = text.split('\n')
  const lastFirst = [...answers].sort(([a], [b]) => b[0] - a[0])
  for (const [[start, end], answer] of lastFirst) lines.splice(start, end - start, ...answer)
  return lines.join('\n')
}
