import type { PhysicalPlan } from '../physical.js'
import { whatDiffers } from './what-differs.js'
import { keepersOf, type Keeper } from './plan-identity.js'

/** What an edit of a query does to what its job remembers. Plain data. */
export interface PlanDifference {
  /** What goes on as it was: states of operators, positions of tables, tables that are written. */
  readonly survives: readonly Survivor[]
  /** Of the old plan: what nothing in the new one can go on from. */
  readonly lost: readonly StateChange[]
  /** Of the new plan: what begins empty while the tables it reads go on from where they were, so that it misses what came before. */
  readonly fresh: readonly StateChange[]
  /** Of the new plan: what begins with the tables it reads, and so misses nothing. */
  readonly added: readonly StateChange[]
  /** Of the old plan: tables that are not written any more. Nothing is lost with them. */
  readonly removed: readonly StateChange[]
}

export interface StateChange {
  readonly nodeId: number
  readonly kind: Keeper['kind']
  readonly identity: string
  /** As EXPLAIN shows it. */
  readonly label: string
  /** What differs, in sentences; empty where there is nothing to compare it with. */
  readonly why: readonly string[]
}

export interface Survivor extends Omit<StateChange, 'why'> {
  /** Its node in the old plan. */
  readonly oldNodeId: number
  /** Of a table that is read once now and was read more than once: the other nodes in the old plan. It survives if all stood at one place. */
  readonly mergedNodeIds: readonly number[]
}

/** Pairs what two plans remember. @param before the plan that ran @param after the one that is to go on */
export function comparePlans(before: PhysicalPlan, after: PhysicalPlan): PlanDifference {
  const isPlaced = before.workerCount > 1 || after.workerCount > 1
  return new Pairing(keepersOf(before), keepersOf(after), isPlaced).difference()
}

class Pairing {
  readonly #before: readonly Keeper[]
  readonly #after: readonly Keeper[]
  readonly #isPlaced: boolean
  readonly #oldAt: ReadonlyMap<number, Keeper>
  readonly #newAt: ReadonlyMap<number, Keeper>
  /** Old keeper by new one. */
  readonly #pairs = new Map<Keeper, Keeper>()
  readonly #used = new Set<Keeper>()
  readonly #merged = new Map<Keeper, Set<Keeper>>()
  readonly #visited = new Set<string>()

  constructor(before: readonly Keeper[], after: readonly Keeper[], isPlaced: boolean) {
    this.#before = before
    this.#after = after
    this.#isPlaced = isPlaced
    this.#oldAt = new Map(before.map((keeper) => [keeper.nodeId, keeper]))
    this.#newAt = new Map(after.map((keeper) => [keeper.nodeId, keeper]))
    this.#pairAll()
  }

  difference(): PlanDifference {
    const gone = this.#before.filter((keeper) => !this.#used.has(keeper))
    const come = this.#after.filter((keeper) => !this.#pairs.has(keeper))
    const lost = gone.filter(({ kind }) => kind === 'operator' || kind === 'scan')
    const isFresh = (keeper: Keeper): boolean => (keeper.kind === 'operator' || keeper.kind === 'sink')
      && this.#sources(keeper, this.#newAt).some((source) => this.#pairs.has(source))
    return {
      survives: [...this.#pairs].map(([after, before]) => ({
        ...changeOf(after), oldNodeId: before.nodeId, mergedNodeIds: [...this.#merged.get(after) ?? []].map(({ nodeId }) => nodeId),
      })).sort((a, b) => a.nodeId - b.nodeId),
      lost: lost.map((keeper) => ({ ...changeOf(keeper), why: whatDiffers(keeper, come, 'before') })),
      fresh: come.filter(isFresh).map((keeper) => ({ ...changeOf(keeper), why: whatDiffers(keeper, gone, 'after') })),
      added: come.filter((keeper) => !isFresh(keeper)).map((keeper) => ({ ...changeOf(keeper), why: [] })),
      removed: gone.filter(({ kind }) => kind === 'sink' || kind === 'values').map((keeper) => ({ ...changeOf(keeper), why: [] })),
    }
  }

  #pairAll(): void {
    // From the tables that are written: of two operators that are equal, each goes on with what led to its own.
    const sinks: [Keeper, Keeper][] = []
    for (const sink of this.#after.filter(({ kind }) => kind === 'sink')) {
      const known = this.#before.find((old) => old.identity === sink.identity)
      if (known === undefined) continue
      this.#pairs.set(sink, known)
      this.#used.add(known)
      sinks.push([known, sink])
    }
    for (const [old, now] of sinks) this.#pairEqual(above(old, this.#oldAt), above(now, this.#newAt))
    for (const keeper of this.#after.toReversed()) {
      if (keeper.kind !== 'operator' || this.#pairs.has(keeper)) continue
      const equal = this.#before.filter((old) => this.#isEqual(old, keeper))
      const old = equal.findLast((o) => !this.#used.has(o)) ?? equal.at(-1)
      if (old !== undefined) this.#pair(old, keeper)
    }
    // Tables under something that has changed go on too.
    for (const [old, now] of sinks) this.#pairTables(this.#sources(old, this.#oldAt), this.#sources(now, this.#newAt))
    this.#pairTables(this.#before, this.#after)
  }

  /** Of the keepers that come next: those that are equal, in their order. */
  #pairEqual(olds: readonly Keeper[], news: readonly Keeper[]): void {
    const left = [...olds]
    for (const now of news) {
      const place = left.findIndex((old) => this.#isEqual(old, now))
      if (place !== -1) this.#pair(left.splice(place, 1)[0]!, now)
    }
  }

  #pairTables(olds: readonly Keeper[], news: readonly Keeper[]): void {
    for (const now of news) {
      if ((now.kind !== 'scan' && now.kind !== 'values') || this.#pairs.has(now)) continue
      const old = olds.find((o) => !this.#used.has(o) && this.#isEqual(o, now))
      if (old !== undefined) this.#pair(old, now)
    }
  }

  #isEqual(old: Keeper, now: Keeper): boolean {
    return old.kind === now.kind && withoutOrdinal(old) === withoutOrdinal(now) && (!this.#isPlaced || placeOf(old) === placeOf(now))
  }

  /** What is equal has equal inputs, in the same order: they are pairs too. */
  #pair(old: Keeper, now: Keeper): void {
    const key = `${old.nodeId} ${now.nodeId}`
    if (this.#visited.has(key)) return
    this.#visited.add(key)
    const known = this.#pairs.get(now)
    if (known === undefined) this.#pairs.set(now, old)
    else if (known !== old) this.#merged.set(now, (this.#merged.get(now) ?? new Set()).add(old))
    this.#used.add(old)
    old.inputs.forEach((ids, input) => ids.forEach((id, i) => {
      const [oldInput, newInput] = [this.#oldAt.get(id)!, this.#newAt.get(now.inputs[input]![i]!)!]
      if (this.#isEqual(oldInput, newInput)) this.#pair(oldInput, newInput)
    }))
  }

  /** The tables and VALUES whose rows come to a keeper. */
  #sources(keeper: Keeper, at: ReadonlyMap<number, Keeper>): readonly Keeper[] {
    const found = new Set<Keeper>()
    const visit = (k: Keeper): void => {
      for (const next of above(k, at)) {
        if (found.has(next)) continue
        found.add(next)
        visit(next)
      }
    }
    visit(keeper)
    return [...found].filter(({ inputs }) => inputs.length === 0)
  }
}

function above(keeper: Keeper, at: ReadonlyMap<number, Keeper>): readonly Keeper[] {
  return keeper.inputs.flat().map((id) => at.get(id)!)
}

function changeOf({ nodeId, kind, identity, label }: Keeper): Omit<StateChange, 'why'> {
  return { nodeId, kind, identity, label }
}

function withoutOrdinal({ identity }: Keeper): string {
  return identity.replace(/\.\d+$/, '')
}

function placeOf({ facets }: Keeper): string {
  return JSON.stringify(facets.filter(({ of }) => of === 'place').map(({ values }) => values.map(({ exact }) => exact)))
}
