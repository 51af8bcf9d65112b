import type { Text } from './canonical-text.js'
import type { Facet } from './facets.js'
import type { Keeper } from './plan-identity.js'

/** What tells a keeper from the one of the other plan that is most like it; nothing where there is none of its kind. */
export function whatDiffers(keeper: Keeper, others: readonly Keeper[], when: 'before' | 'after'): readonly string[] {
  const alike = others.filter(({ identity, kind }) => kind === keeper.kind && nameOf(identity) === nameOf(keeper.identity))
  const [most] = alike.map((other) => ({ other, score: likeness(keeper, other) })).sort((a, b) => b.score - a.score)
  if (most === undefined) return []
  const [before, after] = when === 'before' ? [keeper, most.other] : [most.other, keeper]
  const names = [...new Set([...before.facets, ...after.facets].map(({ name }) => name))]
  return names.flatMap((name) => sentence(name, facetOf(before, name), facetOf(after, name)))
}

function nameOf(identity: string): string {
  return identity.replace(/-[0-9a-f]{16}(\.\d+)?$/, '')
}

function likeness(a: Keeper, b: Keeper): number {
  return a.facets.filter((facet) => isSame(facet, facetOf(b, facet.name))).length
}

function facetOf({ facets }: Keeper, name: string): Facet | undefined {
  return facets.find((facet) => facet.name === name)
}

function isSame(a: Facet | undefined, b: Facet | undefined): boolean {
  return exactOf(a).join('\n') === exactOf(b).join('\n')
}

/** `GROUP BY key changed: + day, − hour`. */
function sentence(name: string, before: Facet | undefined, after: Facet | undefined): string[] {
  if (isSame(before, after)) return []
  const added = missingFrom(before, after)
  const gone = missingFrom(after, before)
  if (added.length === 0 && gone.length === 0) return [`${name} changed: the order of ${(after?.values ?? []).map(({ shown }) => shown).join(', ')}`]
  const shownAdded = [...new Set(added.map(({ shown }) => shown))]
  const shownGone = [...new Set(gone.map(({ shown }) => shown))]
  // What reads the same was made of something else.
  if (shownAdded.join('\n') === shownGone.join('\n')) return [`${name} changed: ${shownAdded.join(', ')} is not what it was`]
  return [`${name} changed: ${[...shownAdded.map((text) => `+ ${text}`), ...shownGone.map((text) => `- ${text}`)].join(', ')}`]
}

function exactOf(facet: Facet | undefined): readonly string[] {
  return facet?.values.map(({ exact }) => exact) ?? []
}

function missingFrom(from: Facet | undefined, of: Facet | undefined): readonly Text[] {
  const known = new Set(exactOf(from))
  return (of?.values ?? []).filter(({ exact }) => !known.has(exact))
}
