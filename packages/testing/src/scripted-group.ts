import { assert, MillraceError, type Split, type Subscription, type SubscriptionContext } from '@millrace/core'

interface Member {
  readonly context: SubscriptionContext
  /** What it is to have. */
  share: readonly string[]
  /** What it has been given and has not handed over yet. */
  held: readonly string[]
  hasLeft: boolean
}

/**
 * A group of processes that share the splits of a source, for tests: splits are dealt out when members come and go, or as a test says, and
 * handed over the way a `Subscription` promises: who is to have a split gets it when who had it has asked for its splits again, or has left.
 */
export class ScriptedGroup {
  /** How far the group has read, by split id. */
  readonly committed: Map<string, unknown> = new Map()
  /** Members that have ever joined. */
  joins = 0
  readonly #splits: Split[]
  #members: Member[] = []
  #wake: (() => void)[] = []

  constructor(splits: readonly Split[]) {
    this.#splits = [...splits]
  }

  get size(): number {
    return this.#members.length
  }

  /** By member, in the order in which they have joined: what each has. */
  get held(): readonly (readonly string[])[] {
    return this.#members.map(({ held }) => held)
  }

  /** For `ReaderFactory.subscribe`. */
  join(context: SubscriptionContext): Subscription {
    const member: Member = { context, share: [], held: [], hasLeft: false }
    this.#members.push(member)
    this.joins++
    this.deal()
    return {
      splits: (known) => this.#splitsOf(member, known),
      commit: async (positions) => this.commit(positions, member.held),
      close: async () => this.#leave(member),
    }
  }

  /**
   * Takes positions, as a member does, or a sink with its rows.
   * @param held splits that they may be of
   * @throws MillraceError KAFKA_FENCED
   */
  commit(positions: Iterable<readonly [string, unknown]>, held: readonly string[] | null = null): void {
    for (const [id] of positions) {
      if (held !== null && !held.includes(id)) throw new MillraceError('KAFKA_FENCED', `split ${id} belongs to another member by now`)
    }
    for (const [id, position] of positions) this.committed.set(id, position)
  }

  /** Adds a split that was not there before. */
  add(split: Split): void {
    this.#splits.push(split)
    this.deal()
  }

  /** Deals splits out anew: in turn, or all to the member that has been there longest where the job is whole. `from` moves the first card. */
  deal(from = 0): void {
    const count = this.#members.length
    if (count === 0) return
    const isWhole = this.#members[0]!.context.share === 'whole'
    const owner = (i: number): number => (isWhole ? 0 : (i + from) % count)
    this.assign(...this.#members.map((_, m) => this.#splits.filter((_split, i) => owner(i) === m).map(({ id }) => id)))
  }

  /** Says what each member is to have. */
  assign(...shares: readonly (readonly string[])[]): void {
    this.#members.forEach((member, m) => {
      const share = shares[m] ?? []
      const isSame = [...member.share].sort().join() === [...share].sort().join()
      member.share = share
      if (!isSame) member.context.changing()
    })
    this.#told()
  }

  /** Takes a member's splits from it as if it had not been heard of for too long, without its knowing. */
  fence(m: number): void {
    const member = this.#members[m]!
    member.held = []
    this.#told()
  }

  async #splitsOf(member: Member, known: ReadonlySet<string>): Promise<readonly Split[]> {
    assert(!member.hasLeft, 'who has left asks for nothing')
    member.held = member.held.filter((id) => member.share.includes(id))
    this.#told()
    while (!member.hasLeft && member.share.some((id) => this.#members.some((other) => other !== member && other.held.includes(id)))) {
      await new Promise<void>((resolve) => this.#wake.push(resolve))
    }
    if (member.hasLeft) return []
    member.held = member.share
    const isSource = member.context.positions === 'source'
    return this.#splits.filter(({ id }) => member.held.includes(id)).map((split) => {
      const position = isSource ? this.committed.get(split.id) : undefined
      return { ...split, detail: { ...(split.detail as object), isNew: known.size > 0 && !known.has(split.id) }, ...(position === undefined ? {} : { position }) }
    })
  }

  #leave(member: Member): void {
    member.hasLeft = true
    member.held = []
    this.#members = this.#members.filter((other) => other !== member)
    this.deal()
    this.#told()
  }

  #told(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}
