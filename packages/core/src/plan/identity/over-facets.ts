import { printedNameOf } from '../../functions/user/user-function.js'
import { typeName } from '../../types/data-type.js'
import type { FrameEdge, OverCall } from '../over.js'
import type { OverNode, TopNNode } from '../physical-over.js'
import { textOf, userText, type Text } from './canonical-text.js'
import { latenessFacet, meaning, orderTexts, type Facet } from './facets.js'

export function overFacets({ partitionBy, order, window }: OverNode | TopNNode, columns: readonly Text[]): readonly Facet[] {
  return [
    meaning('PARTITION BY key', partitionBy.map((column) => columns[column]!)),
    meaning('ORDER BY', orderTexts(order, columns)),
    ...(window === null ? [] : [meaning('window', [columns[window.endColumn]!]), latenessFacet({ latenessMicros: window.allowedLatenessMicros })]),
  ]
}

export function overTexts(calls: readonly OverCall[], columns: readonly Text[]): readonly Text[] {
  return calls.map((call) => {
    const { name, user, kind, args, type, count, distinct, filter, ignoreNulls, frame } = call
    const edges = [frame.start, frame.end].map((edge) => edgeText(edge, columns))
    const exact = JSON.stringify([
      name, userText(user), kind, args.map((column) => columns[column]!.exact), typeName(type), count, distinct,
      filter === null ? null : columns[filter]!.exact, ignoreNulls, frame.unit, edges,
    ])
    return textOf(exact, `${printedNameOf(call)}(${args.map((column) => columns[column]!.shown).join(', ')})`)
  })
}

function edgeText(edge: FrameEdge, columns: readonly Text[]): readonly unknown[] {
  if (!('by' in edge)) return [edge.kind]
  const { by } = edge
  return by.kind === 'rows' ? [edge.kind, by.rows] : [edge.kind, columns[by.key]!.exact, columns[by.bound]!.exact, by.micros, by.text]
}
