import { createHash } from 'node:crypto'

/**
 * A hash of a result that does not depend on row order nor on how a number is printed: numbers are brought to 10
 * significant digits, rows are sorted.
 */
export function resultHash(rows: readonly (readonly unknown[])[]): string {
  const lines = rows.map((row) => row.map(canonical).join('\t'))
  lines.sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12)
}

function canonical(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const text = String(value)
  const number = Number(text)
  // Averages often end in a 5 at the eleventh digit, where the last bit of a sum would decide: a nudge decides for all.
  return text !== '' && Number.isFinite(number) ? String(Number((number * (1 + 1e-13)).toPrecision(10))) : text
}
