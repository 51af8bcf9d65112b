import type { ExpandNode, UnnestNode } from './physical-rows.js'
import { printExpression } from './print-expression.js'

/** `unnest(tags) AS tag` */
export function unnestDetail(n: UnnestNode): string {
  const made = n.schema.slice(n.before.length, n.schema.length - n.behind.length).map((f) => f.name).join(', ')
  return `${n.user?.name ?? n.function}(${n.args.map(printExpression).join(', ')}) AS (${made})${n.outer ? '  or NULL' : ''}`
}

/** `sets=(a, b), (a), ()` */
export function expandDetail(n: ExpandNode): string {
  const keys = n.columns.flatMap((_, i) => (n.nulls.some((set) => set.includes(i)) ? [i] : []))
  return `sets=${n.nulls.map((absent) => `(${keys.filter((i) => !absent.includes(i)).map((i) => n.schema[i]!.name).join(', ')})`).join(', ')}`
}
