import type { OrderItem } from './ast.js'
import type { Parsing } from './parsing.js'

/** `ORDER BY …`, or nothing. */
export function readOrderBy(p: Parsing): OrderItem[] {
  const { cursor } = p
  if (!cursor.at('ORDER')) return []
  cursor.expect('ORDER', 'BY')
  return cursor.list(() => {
    const expression = p.expression()
    const descending = cursor.take('DESC')
    if (!descending) cursor.take('ASC')
    if (cursor.at('USING')) cursor.refuse('ORDER BY … USING is not supported: use ASC or DESC')
    return { expression, descending, nullsFirst: readNulls(p) }
  })
}

function readNulls(p: Parsing): boolean | null {
  if (!p.cursor.take('NULLS')) return null
  if (p.cursor.take('FIRST')) return true
  return p.cursor.take('LAST') ? false : p.cursor.fail('FIRST or LAST', ['FIRST', 'LAST'])
}
