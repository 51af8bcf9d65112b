import { MillraceError, OptionValues, parseTimestamp } from '@millrace/core'
import { NEXMARK_OPTIONS } from './options.js'

/** Values of `event_type`. */
export const PERSON = 0
export const AUCTION = 1
export const BID = 2
export type EventKind = typeof PERSON | typeof AUCTION | typeof BID

/** Ids start here, so that they do not look like counts. */
const FIRST_ID = 1_000
/** One in so many persons or auctions is the hot one of its time. */
const HOT_EVERY = 100
/** Persons that still bid or sell, auctions that still take bids. */
const PERSONS_ACTIVE_MAX = 1_000
const AUCTIONS_IN_FLIGHT = 100
/** Ids that are referred to before their events have come. */
const ID_LEAD = 10

/**
 * What the options fix of the stream of events 0, 1, 2, …: kinds, ids and times are functions of an event's number, so that
 * ranges of numbers are splits, and nothing depends on who makes them.
 *
 * Events come in epochs of `person + auction + bid` (50): first the new persons, then the new auctions, then bids on auctions
 * and by persons around those that are newest then.
 */
export class NexmarkEvents {
  /** 0: without end. */
  readonly count: number
  readonly seed: number
  readonly throttle: boolean
  readonly keepAlive: boolean
  readonly epoch: number
  readonly hotAuctionRatio: number
  readonly hotBidderRatio: number
  readonly hotSellerRatio: number
  readonly personBytes: number
  readonly auctionBytes: number
  readonly bidBytes: number
  readonly #persons: number
  readonly #auctions: number
  readonly #baseMs: number
  readonly #firstRate: number
  readonly #nextRate: number
  readonly #halfPeriodMs: number

  /** @throws MillraceError OPTION_INVALID */
  constructor(options: Readonly<Record<string, string>>) {
    const values = new OptionValues(options, NEXMARK_OPTIONS)
    this.count = values.number('events.num')
    this.seed = values.number('seed')
    this.throttle = values.boolean('throttle') || values.boolean('rate.limited')
    this.keepAlive = values.boolean('keep-alive')
    this.#persons = values.number('person.proportion')
    this.#auctions = values.number('auction.proportion')
    this.epoch = this.#persons + this.#auctions + values.number('bid.proportion')
    if (this.epoch === 0) throw new MillraceError('OPTION_INVALID', 'the proportions of persons, auctions and bids must not all be 0')
    this.hotAuctionRatio = values.number('bid.hot-ratio.auctions')
    this.hotBidderRatio = values.number('bid.hot-ratio.bidders')
    this.hotSellerRatio = values.number('auction.hot-ratio.sellers')
    this.personBytes = values.bytes('person.avg-size')
    this.auctionBytes = values.bytes('auction.avg-size')
    this.bidBytes = values.bytes('bid.avg-size')
    this.#firstRate = values.number('first-event.rate')
    this.#nextRate = values.number('next-event.rate')
    this.#halfPeriodMs = values.durationMs('rate.period') / 2
    if (!(this.#halfPeriodMs >= 1)) throw new MillraceError('OPTION_INVALID', "option 'rate.period' must be at least 2ms")
    this.#baseMs = baseTimeMs(values.text('base-time'))
  }

  /** Whether the table ends by itself. */
  get bounded(): boolean {
    return this.count > 0 && !this.keepAlive
  }

  kindAt(offsetInEpoch: number): EventKind {
    if (offsetInEpoch < this.#persons) return PERSON
    return offsetInEpoch < this.#persons + this.#auctions ? AUCTION : BID
  }

  /** Milliseconds from the first event to this one. */
  elapsedMs(event: number): number {
    if (this.#firstRate === this.#nextRate) return Math.floor((event * 1_000) / this.#firstRate)
    const inFirst = (this.#firstRate * this.#halfPeriodMs) / 1_000
    const inPeriod = inFirst + (this.#nextRate * this.#halfPeriodMs) / 1_000
    const periods = Math.floor(event / inPeriod)
    const rest = event - periods * inPeriod
    const restMs = rest < inFirst ? (rest * 1_000) / this.#firstRate : this.#halfPeriodMs + ((rest - inFirst) * 1_000) / this.#nextRate
    return Math.floor(periods * 2 * this.#halfPeriodMs + restMs)
  }

  /** The event's time in microseconds, whole milliseconds. */
  timeMicros(event: number): number {
    return (this.#baseMs + this.elapsedMs(event)) * 1_000
  }

  /** Id of a person event, and otherwise of the newest person. */
  personId(event: number): number {
    return FIRST_ID + this.#newestPerson(event)
  }

  /** Id of an auction event, and otherwise of the newest auction. */
  auctionId(event: number): number {
    return FIRST_ID + this.#newestAuction(event)
  }

  hotSeller(event: number): number {
    return FIRST_ID + Math.floor(this.#newestPerson(event) / HOT_EVERY) * HOT_EVERY
  }

  hotBidder(event: number): number {
    return this.hotSeller(event) + 1
  }

  hotAuction(event: number): number {
    return FIRST_ID + Math.floor(this.#newestAuction(event) / HOT_EVERY) * HOT_EVERY
  }

  /** Some person of late. @param bits 32 random ones */
  somePerson(event: number, bits: number): number {
    const persons = this.#newestPerson(event) + 1
    const active = Math.min(persons, PERSONS_ACTIVE_MAX)
    return FIRST_ID + persons - active + below(bits, active + ID_LEAD)
  }

  /** Some auction that is open. @param bits 32 random ones */
  someAuction(event: number, bits: number): number {
    const newest = this.#newestAuction(event)
    const oldest = Math.max(newest - AUCTIONS_IN_FLIGHT, 0)
    return FIRST_ID + oldest + below(bits, newest - oldest + 1 + ID_LEAD)
  }

  /** When an auction ends, microseconds. @param bits 32 random ones */
  expiresMicros(event: number, bits: number): number {
    const eventsInFlight = Math.floor((AUCTIONS_IN_FLIGHT * this.epoch) / Math.max(1, this.#auctions))
    const horizonMs = this.elapsedMs(event + eventsInFlight) - this.elapsedMs(event)
    return this.timeMicros(event) + (1 + below(bits, Math.max(1, horizonMs * 2))) * 1_000
  }

  #newestPerson(event: number): number {
    const epoch = Math.floor(event / this.epoch)
    const offset = event - epoch * this.epoch
    return Math.max(0, epoch * this.#persons + (offset < this.#persons ? offset : this.#persons - 1))
  }

  #newestAuction(event: number): number {
    const epoch = Math.floor(event / this.epoch)
    const offset = event - epoch * this.epoch - this.#persons
    const newest = offset < 0 ? -1 : offset < this.#auctions ? offset : this.#auctions - 1
    return Math.max(0, epoch * this.#auctions + newest)
  }
}

/** A whole number from 0 to `bound - 1`. @param bits 32 random ones */
export function below(bits: number, bound: number): number {
  return Math.floor(((bits >>> 0) / 4_294_967_296) * bound)
}

function baseTimeMs(text: string): number {
  const parsed = parseTimestamp(text)
  if (parsed !== null) return Math.floor(parsed.micros / 1_000)
  throw new MillraceError('OPTION_INVALID', `option 'base-time' is '${text}' but must be a timestamp like 2015-07-15 00:00:00`)
}
