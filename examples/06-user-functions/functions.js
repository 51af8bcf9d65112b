// Functions that orders.sql calls. What is typed in SQL is a plain function; the others declare themselves.
import { aggregateFunction, asyncScalarFunction, scalarFunction, tableFunction } from '@millrace/core'

/** A plain function: CREATE FUNCTION says its types. */
export function initials(name) {
  return name.slice(0, 1).toUpperCase() + '.'
}

/** A DECIMAL comes and goes as text, so that no cent is lost on the way. */
export const withTax = scalarFunction({
  args: ['DECIMAL(10, 2)', 'STRING'],
  returns: 'DECIMAL(10, 2)',
  deterministic: true,
  eval(amount, country) {
    const cents = BigInt(amount.replace('.', '')) * (country === 'us' ? 107n : 120n) / 100n
    return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
  },
})

/** Says the same in whatever order texts come: so many workers give one answer. */
const longer = (a, b) => (b.length > a.length || (b.length === a.length && b < a) ? b : a)

/** The longest of some texts. Workers merge what each has found. */
export const longest = aggregateFunction({
  args: ['STRING'],
  returns: 'STRING',
  create: () => '',
  accumulate: longer,
  merge: longer,
  result: (best) => (best === '' ? null : best),
})

/** A row for each word of a note. */
export const tags = tableFunction({
  args: ['STRING'],
  returns: 'ROW<tag STRING, position INT>',
  * eval(note) {
    let position = 0
    for (const tag of note.split(', ')) if (tag !== '') yield { tag, position: ++position }
  },
})

const RATINGS = { ada: 'A', bob: 'B' }

/** Stands for a question to a server: many are under way at a time, and rows keep their order. */
export const rating = asyncScalarFunction({
  args: ['STRING'],
  returns: 'STRING',
  concurrency: 50,
  timeoutMs: 2_000,
  async eval(customer) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return RATINGS[customer] ?? null
  },
})
