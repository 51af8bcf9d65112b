import type { CheckpointManifest, CheckpointStore, StoredObject } from '@millrace/core'
import { assert, checkObjectName, decodeManifest, MillraceError } from '@millrace/core'
import { crc32 } from 'node:zlib'
import type { SeededRandom } from '../seeded-random.js'
import type { FaultPlan } from './faults.js'
import type { History } from './history.js'
import type { MachineClock } from './machine-clock.js'
import type { Turns } from './turns.js'

/** For how long a disk stays full. */
const FULL_MS_MAX = 5_000
const LATE_TURNS_MAX = 30

/**
 * Where checkpoints are kept while simulated processes come and go. It has what everybody sees, and what is there after the power has
 * gone; an honest store has both the same when a `put` has resolved.
 */
export class VirtualDisk {
  readonly #seen = new Map<string, Uint8Array>()
  readonly #durable = new Map<string, Uint8Array>()
  /** Names that are being written. A process that crashes leaves its temporaries; they are never listed. */
  readonly #underWay = new Set<string>()
  readonly #faults: FaultPlan
  readonly #random: SeededRandom
  readonly #history: History
  readonly #clock: MachineClock
  #fullUntilMs = 0

  constructor(clock: MachineClock, faults: FaultPlan, random: SeededRandom, history: History) {
    this.#clock = clock
    this.#faults = faults
    this.#random = random
    this.#history = history
  }

  hasManifest(epoch: number): boolean {
    return this.#seen.has(`epoch-${String(epoch).padStart(10, '0')}/manifest`)
  }

  /** The newest checkpoint that somebody can go on from, as the disk itself sees it; null where there is none. */
  get newestWhole(): number | null {
    for (const name of this.names.filter((one) => one.endsWith('/manifest')).reverse()) {
      const manifest = decoded(this.#seen.get(name)!)
      if (manifest?.objects.every((object) => isObject(this.#seen.get(object.name), object)) === true) return manifest.snapshot.epoch
    }
    return null
  }

  get names(): string[] {
    return [...this.#seen.keys()].sort()
  }

  /** The store as one part of a process sees it. */
  store(turns: Turns, actor: string): CheckpointStore {
    const open = { is: true }
    const arrive = async (what: string): Promise<void> => {
      assert(open.is, 'a store that was closed is not used')
      await turns.wait(`${actor} store`, this.#faults.slows('slow-storage', 3) ? this.#random.below(LATE_TURNS_MAX) : 0)
      this.#history.note(actor, what)
    }
    return {
      put: (name, parts) => this.#put(name, parts, arrive),
      get: async (name) => {
        checkObjectName(name)
        await arrive(`get ${name}`)
        this.#failToRead()
        return this.#seen.get(name)?.slice() ?? null
      },
      list: async (prefix) => {
        await arrive(`list ${prefix}`)
        this.#failToRead()
        return this.names.filter((name) => name.startsWith(prefix))
      },
      remove: async (names) => {
        for (const name of names) checkObjectName(name)
        for (const name of names) {
          await arrive(`remove ${name}`)
          this.#failToWrite()
          this.#seen.delete(name)
          // That it is gone need not have reached the disk when power goes; it is only there again then.
          if (!this.#faults.slows('power-loss', 2)) this.#durable.delete(name)
        }
      },
      close: async () => {
        open.is = false
      },
    }
  }

  async #put(name: string, parts: readonly Uint8Array[], arrive: (what: string) => Promise<void>): Promise<void> {
    checkObjectName(name)
    assert(!this.#underWay.has(name), `${name} is written twice at a time`)
    this.#underWay.add(name)
    try {
      await arrive(`put ${name}`)
      this.#failToWrite()
      const bytes = Uint8Array.from(Buffer.concat(parts))
      this.#seen.set(name, bytes)
      await arrive(`put ${name}: it is there`)
      this.#failToWrite()
      if (!isOfJob(name) && this.#faults.slows('lying-storage', 3)) this.#history.note('disk', `has lied about ${name}`)
      else this.#durable.set(name, bytes)
      await arrive(`put ${name}: it is durable`)
    } finally {
      this.#underWay.delete(name)
    }
  }

  /** All processes have ended, in the middle of whatever they did. */
  crash(losesPower: boolean): void {
    this.#underWay.clear()
    if (!losesPower) return
    for (const name of this.names) {
      if (this.#durable.get(name) === this.#seen.get(name)) continue
      const left = this.#whatIsLeft(name, this.#seen.get(name)!, this.#durable.get(name))
      this.#history.note('disk', `has ${left === undefined ? 'lost' : `${left.length} bytes of`} ${name}`)
      if (left === undefined) this.#durable.delete(name)
      else this.#durable.set(name, left)
    }
    this.#seen.clear()
    for (const [name, bytes] of this.#durable) this.#seen.set(name, bytes)
  }

  /** Of an object that was not durable: all, what was there before, its first bytes, or the right length of wrong ones. */
  #whatIsLeft(name: string, written: Uint8Array, before: Uint8Array | undefined): Uint8Array | undefined {
    // A put that has not resolved is renamed or it is not; only one that lied is torn.
    if (!this.#faults.has('lying-storage') || isOfJob(name)) return this.#random.oneIn(2) ? written : before
    switch (this.#random.below(4)) {
      case 0: return before
      case 1: return written.slice(0, this.#random.below(written.length + 1))
      case 2: return written.slice().fill(0, this.#random.below(written.length + 1))
      default: {
        const flipped = written.slice()
        if (flipped.length > 0) flipped[this.#random.below(flipped.length)]! ^= 1 << this.#random.below(8)
        return flipped
      }
    }
  }

  #failToWrite(): void {
    const now = this.#clock.elapsedMs
    if (now >= this.#fullUntilMs && this.#faults.fails('failing-storage', 30)) this.#fullUntilMs = now + 1 + (this.#random.oneIn(2) ? 0 : this.#random.below(FULL_MS_MAX))
    if (now < this.#fullUntilMs) throw new MillraceError('CHECKPOINT_UNWRITABLE', 'the simulated disk is full')
  }

  #failToRead(): void {
    if (this.#faults.fails('failing-storage', 40)) throw new MillraceError('CHECKPOINT_UNREADABLE', 'the simulated disk does not answer')
  }
}

/** Nobody lies about the id of the job: who loses that cannot know what the job has left behind. */
function isOfJob(name: string): boolean {
  return !name.includes('/')
}

/** Manifests by their bytes, which are never written to in place; null for those that are damaged. */
const DECODED = new WeakMap<Uint8Array, CheckpointManifest | null>()

function decoded(bytes: Uint8Array): CheckpointManifest | null {
  const known = DECODED.get(bytes)
  if (known !== undefined) return known
  const manifest = newlyDecoded(bytes)
  DECODED.set(bytes, manifest)
  return manifest
}

function newlyDecoded(bytes: Uint8Array): CheckpointManifest | null {
  try {
    return decodeManifest(bytes)
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'CHECKPOINT_CORRUPT') return null
    throw error
  }
}

function isObject(bytes: Uint8Array | undefined, object: StoredObject): boolean {
  return bytes !== undefined && bytes.length === object.bytes && crc32(bytes) === object.crc32
}
