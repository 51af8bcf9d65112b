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
 */
export interface SltFile {
  readonly name: string
  readonly tables: readonly SltTable[]
  readonly steps: readonly SltStep[]
}

export interface SltTable {
  readonly name: string
  /** The column list as written, without the outer parentheses. */
  readonly columns: string
  readonly rows: readonly (readonly (string | null)[])[]
}

export type SltStep = SltQuery | SltError

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
  const steps: SltStep[] = []
  let at = 0
  const until = (stop: (line: string) => boolean): string[] => {
    const taken: string[] = []
    while (at < lines.length && !stop(lines[at]!)) taken.push(lines[at++]!)
    return taken
  }
  const isBlank = (line: string): boolean => line.trim() === ''
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
    throw new Error(`${name}:${number}: neither table, query nor error: ${line}`)
  }
  return { name, tables, steps }
}

function cells(line: string): (string | null)[] {
  return line.split('|').map((cell) => {
    const text = cell.trim()
    if (text === 'NULL') return null
    return text === "''" ? '' : text.replaceAll('\\n', '\n')
  })
}

/** The file's text with the expectations replaced by `answers` (by step index). */
export function updateSlt(text: string, file: SltFile, answers: ReadonlyMap<number, readonly string[]>): string {
  const lines = text.split('\n')
  for (const [index, step] of [...file.steps.entries()].toReversed()) {
    const answer = answers.get(index)
    if (step.kind !== 'query' || answer === undefined) continue
    lines.splice(step.expectedLines[0], step.expectedLines[1] - step.expectedLines[0], ...answer)
  }
  return lines.join('\n')
}
