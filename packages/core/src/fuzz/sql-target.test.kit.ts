import { MillraceError } from '../errors.js'
import { compile } from '../plan/shop.test.data.js'
import type { FuzzRandom, FuzzTarget } from './fuzz-target.test.kit.js'

const PIECE = /\s+|'(?:[^']|'')*'|"[^"]*"|`[^`]*`|\w+|<=|>=|<>|::|\|\||->>?|[^\s\w]/g

/** Texts that no grammar expects. */
const STRANGE = [
  '(', ')', ',', '.', '*', ';', "'", '"', '`', '--', '/*', '*/', '\\', '\0', '\u2028', '\ud800', '😀', '$', '${x}', '${x:y}', '::', '[', ']', '=>', 'm0', '__proto__', 'constructor', 'prototype',
  'toString', '"__proto__"', '`constructor`', "'__proto__'", "'a''b'", 'NULL', 'TRUE', '1e999', '99999999999999999999', '0x1', "INTERVAL '1' DAY", "TIMESTAMP '2026-01-01 00:00:00'", 'CAST(1 AS DECIMAL(99,9))',
  'SELECT', 'FROM', 'WHERE', 'GROUP BY', 'ORDER BY', 'LIMIT 1', 'OVER ()', 'OVER (ORDER BY ts)', 'UNION ALL', 'JOIN', 'ON', 'USING', 'WITH', 'CASE WHEN', 'END', 'EXISTS', 'NOT', 'IN', 'BETWEEN', 'LIKE', "~ '('",
  'DISTINCT', 'ALL', 'EMIT CHANGES', 'WINDOW TUMBLING (SIZE 1 MINUTE)', 'count(*)', 'sum(1)', 'ARRAY[1]', "MAP['a', 1]", 'ROW(1, 2)', 'symbol', 'trades', 'price', 'ts', 'place.at.x', 'tags[1]',
]

/**
 * Mutations of real statements, parsed, bound and planned. Whatever comes of one, it is a plan or an error of the user's that says where.
 *
 * @param corpus statements of the conformance files
 */
export function sqlTarget(corpus: readonly string[]): FuzzTarget {
  const statements = corpus.map((text) => text.match(PIECE) ?? [])
  const pieces = [...new Set(statements.flat().filter((piece) => piece.trim() !== ''))]

  /** Some pieces dropped, doubled, replaced, exchanged, or taken from another statement. */
  const mutated = (random: FuzzRandom): string => {
    const parts = [...random.pick(statements)]
    for (let edits = 1 + random.below(4); edits > 0; edits--) {
      const at = random.below(parts.length)
      switch (random.below(6)) {
        case 0: parts.splice(at, 1 + random.below(3)); break
        case 1: parts.splice(at, 0, parts[at] ?? ''); break
        case 2: parts[at] = ` ${random.pick(STRANGE)} `; break
        case 3: parts[at] = random.pick(pieces); break
        case 4: {
          const other = random.below(parts.length)
          ;[parts[at], parts[other]] = [parts[other] ?? '', parts[at] ?? '']
          break
        }
        default: {
          const donor = random.pick(statements)
          const from = random.below(donor.length)
          parts.splice(at, random.below(4), ...donor.slice(from, from + random.below(12)))
        }
      }
    }
    return parts.join('')
  }

  return { name: 'sql', timeMsMax: 5_000, run: (random) => checkSql(mutated(random)) }
}

/** @throws Error where compiling gives anything but a plan or an error of the user's with a place inside the text */
export async function checkSql(text: string): Promise<void> {
  try {
    const { jobs } = await compile(text, { workerCount: 2 }, TABLES)
    for (const job of jobs) job.explain()
  } catch (error) {
    if (!(error instanceof MillraceError) || error.domain !== 'user') throw new Error(`${String(error)} for ${JSON.stringify(text)}`, { cause: error })
    const { span } = error.details
    if (span === undefined || span.start < 0 || span.end < span.start || span.end > TABLES.length + text.length) {
      throw new Error(`${error.code} ${error.message}: no place for ${JSON.stringify(text)}`, { cause: error })
    }
  }
}

const TABLES = "CREATE TABLE trades (symbol STRING, price DOUBLE, quantity BIGINT, ts TIMESTAMP(3), tags ARRAY<STRING>, place ROW<city STRING, at ROW<x INT>>, WATERMARK FOR ts AS ts) WITH ('connector' = 'stream');\n"
