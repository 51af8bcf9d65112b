import type { DataType } from '@millrace/core'
import { BIGINT, STRING, timestamp } from '@millrace/core'
import { columnSeed, randomBits } from '../counter-random.js'
import { AUCTION, BID, PERSON, below } from './events.js'
import type { EventKind, NexmarkEvents } from './events.js'
import { chosenField, numberField, pooledField, writtenField } from './field.js'
import type { FieldMaker } from './field.js'
import { priceOf } from './price.js'
import { TextPool } from './text-pool.js'

/** A field of `person`, `auction` or `bid`. */
export interface NexmarkField {
  readonly name: string
  readonly type: DataType
  readonly make: (source: FieldSource) => FieldMaker
}

/** What fields are made with. */
export interface FieldSource {
  readonly events: NexmarkEvents
  readonly rowsMax: number
}

/** The columns that are ROWs, by the kind of event that has them. */
export const ROWS: readonly { readonly name: string; readonly kind: EventKind; readonly fields: readonly NexmarkField[] }[] = [
  {
    name: 'person', kind: PERSON, fields: [
      { name: 'id', type: BIGINT, make: ({ events, rowsMax }) => numberField(PERSON, 'exact', rowsMax, (event) => events.personId(event)) },
      { name: 'name', type: STRING, make: (s) => chosenField(PERSON, s.rowsMax, NAMES, choice(s, 'person.name', NAMES.length)) },
      { name: 'emailAddress', type: STRING, make: emailAddress },
      { name: 'creditCard', type: STRING, make: creditCard },
      { name: 'city', type: STRING, make: (s) => chosenField(PERSON, s.rowsMax, CITIES, choice(s, 'person.city', CITIES.length)) },
      { name: 'state', type: STRING, make: (s) => chosenField(PERSON, s.rowsMax, STATES, choice(s, 'person.state', STATES.length)) },
      dateTime(PERSON),
      { name: 'extra', type: STRING, make: (s) => extra(s, PERSON, 'person', s.events.personBytes - 83) },
    ],
  },
  {
    name: 'auction', kind: AUCTION, fields: [
      { name: 'id', type: BIGINT, make: ({ events, rowsMax }) => numberField(AUCTION, 'exact', rowsMax, (event) => events.auctionId(event)) },
      { name: 'itemName', type: STRING, make: (s) => words(s, 'auction.itemName', 20) },
      { name: 'description', type: STRING, make: (s) => words(s, 'auction.description', 100) },
      { name: 'initialBid', type: BIGINT, make: (s) => numberField(AUCTION, 'exact', s.rowsMax, initialBid(s)) },
      { name: 'reserve', type: BIGINT, make: reserve },
      dateTime(AUCTION),
      { name: 'expires', type: timestamp(3), make: expires },
      { name: 'seller', type: BIGINT, make: seller },
      { name: 'category', type: BIGINT, make: category },
      { name: 'extra', type: STRING, make: (s) => extra(s, AUCTION, 'auction', s.events.auctionBytes - 108) },
    ],
  },
  {
    name: 'bid', kind: BID, fields: [
      { name: 'auction', type: BIGINT, make: bidAuction },
      { name: 'bidder', type: BIGINT, make: bidder },
      { name: 'price', type: BIGINT, make: (s) => numberField(BID, 'exact', s.rowsMax, price(s)) },
      { name: 'channel', type: STRING, make: (s) => chosenField(BID, s.rowsMax, channelNames(), channel(s)) },
      { name: 'url', type: STRING, make: (s) => chosenField(BID, s.rowsMax, urls(s), channel(s)) },
      dateTime(BID),
      { name: 'extra', type: STRING, make: (s) => extra(s, BID, 'bid', s.events.bidBytes - 32) },
    ],
  },
]

const CITIES = ['Phoenix', 'Los Angeles', 'San Francisco', 'Boise', 'Portland', 'Bend', 'Redmond', 'Seattle', 'Kent', 'Cheyenne']
const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY']
const FIRST_NAMES = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter']
const LAST_NAMES = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris']
const NAMES = FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`))
const FIRST_CATEGORY = 10
const CATEGORIES = 5
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple']
const HOT_CHANNEL_RATIO = 2
const CHANNELS = 10_000

/** 32 random bits for every event, different for every name. */
function bitsFor({ events }: FieldSource, name: string): (event: number) => number {
  const seed = columnSeed(events.seed, name)
  return (event) => randomBits(seed, event)
}

function choice(source: FieldSource, name: string, choices: number): (event: number) => number {
  const bitsOf = bitsFor(source, name)
  return (event) => below(bitsOf(event), choices)
}

function dateTime(kind: EventKind): NexmarkField {
  return { name: 'dateTime', type: timestamp(3), make: ({ events, rowsMax }) => numberField(kind, 'f64', rowsMax, (event) => events.timeMicros(event)) }
}

/** Fills a row up to about its size: within a fifth of what is missing. */
function extra(source: FieldSource, kind: EventKind, row: string, missing: number): FieldMaker {
  const spread = Math.round(Math.max(0, missing) * 0.2)
  const least = Math.max(0, missing) - spread
  const pool = new TextPool(columnSeed(source.events.seed, 'extra'), least + 2 * spread, false)
  const lengthBits = bitsFor(source, `${row}.extra.length`)
  return pooledField(kind, source.rowsMax, pool, bitsFor(source, `${row}.extra`), (event) => least + below(lengthBits(event), Math.max(1, 2 * spread)))
}

/** Words of 3 to `lengthMax` characters in all. */
function words(source: FieldSource, name: string, lengthMax: number): FieldMaker {
  const pool = new TextPool(columnSeed(source.events.seed, name), lengthMax, true)
  const lengthBits = bitsFor(source, `${name}.length`)
  return pooledField(AUCTION, source.rowsMax, pool, bitsFor(source, name), (event) => 3 + below(lengthBits(event), lengthMax - 3))
}

// -------------------------------------------------------------------------------------------------------------- persons

function emailAddress(source: FieldSource): FieldMaker {
  const pool = new TextPool(columnSeed(source.events.seed, 'person.emailAddress'), 8, false)
  const user = bitsFor(source, 'person.emailAddress.user')
  const host = bitsFor(source, 'person.emailAddress.host')
  const part = (bits: number, lengthMax: number, bytes: Uint8Array, at: number): number => {
    const start = pool.start(bits)
    const length = 3 + ((bits >>> 16) % (lengthMax - 2))
    for (let i = 0; i < length; i++) bytes[at + i] = pool.bytes[start + i]!
    return at + length
  }
  return writtenField(PERSON, source.rowsMax, 17, (event, bytes, at) => {
    const atSign = part(user(event), 7, bytes, at)
    const dot = part(host(event), 5, bytes, put(bytes, atSign, '@'))
    return put(bytes, dot, '.com')
  })
}

function creditCard(source: FieldSource): FieldMaker {
  const bits = [0, 1, 2, 3].map((i) => bitsFor(source, `person.creditCard.${i}`))
  return writtenField(PERSON, source.rowsMax, 19, (event, bytes, at) => {
    for (let group = 0; group < 4; group++) {
      if (group > 0) bytes[at++] = 32
      const number = below(bits[group]!(event), 10_000)
      for (let unit = 1_000; unit >= 1; unit /= 10) bytes[at++] = 48 + (Math.floor(number / unit) % 10)
    }
    return at
  })
}

function put(bytes: Uint8Array, at: number, ascii: string): number {
  for (let i = 0; i < ascii.length; i++) bytes[at + i] = ascii.charCodeAt(i)
  return at + ascii.length
}

// ------------------------------------------------------------------------------------------------------------- auctions

function initialBid(source: FieldSource): (event: number) => number {
  const bitsOf = bitsFor(source, 'auction.initialBid')
  return (event) => priceOf(bitsOf(event))
}

function reserve(source: FieldSource): FieldMaker {
  const initial = initialBid(source)
  const bitsOf = bitsFor(source, 'auction.reserve')
  return numberField(AUCTION, 'exact', source.rowsMax, (event) => initial(event) + priceOf(bitsOf(event)))
}

function expires(source: FieldSource): FieldMaker {
  const { events, rowsMax } = source
  const bitsOf = bitsFor(source, 'auction.expires')
  return numberField(AUCTION, 'f64', rowsMax, (event) => events.expiresMicros(event, bitsOf(event)))
}

function seller(source: FieldSource): FieldMaker {
  const { events, rowsMax } = source
  const isHot = bitsFor(source, 'auction.seller.hot')
  const bitsOf = bitsFor(source, 'auction.seller')
  return numberField(AUCTION, 'exact', rowsMax, (event) => (
    below(isHot(event), events.hotSellerRatio) > 0 ? events.hotSeller(event) : events.somePerson(event, bitsOf(event))))
}

function category(source: FieldSource): FieldMaker {
  const bitsOf = bitsFor(source, 'auction.category')
  return numberField(AUCTION, 'exact', source.rowsMax, (event) => FIRST_CATEGORY + below(bitsOf(event), CATEGORIES))
}

// ----------------------------------------------------------------------------------------------------------------- bids

function bidAuction(source: FieldSource): FieldMaker {
  const { events, rowsMax } = source
  const isHot = bitsFor(source, 'bid.auction.hot')
  const bitsOf = bitsFor(source, 'bid.auction')
  return numberField(BID, 'exact', rowsMax, (event) => (
    below(isHot(event), events.hotAuctionRatio) > 0 ? events.hotAuction(event) : events.someAuction(event, bitsOf(event))))
}

function bidder(source: FieldSource): FieldMaker {
  const { events, rowsMax } = source
  const isHot = bitsFor(source, 'bid.bidder.hot')
  const bitsOf = bitsFor(source, 'bid.bidder')
  return numberField(BID, 'exact', rowsMax, (event) => (
    below(isHot(event), events.hotBidderRatio) > 0 ? events.hotBidder(event) : events.somePerson(event, bitsOf(event))))
}

function price(source: FieldSource): (event: number) => number {
  const bitsOf = bitsFor(source, 'bid.price')
  return (event) => priceOf(bitsOf(event))
}

/** Of a bid's channel, and of its url, the place in {@link channelNames}. */
function channel(source: FieldSource): (event: number) => number {
  const isHot = bitsFor(source, 'bid.channel.hot')
  const bitsOf = bitsFor(source, 'bid.channel')
  return (event) => (
    below(isHot(event), HOT_CHANNEL_RATIO) > 0 ? below(bitsOf(event), HOT_CHANNELS.length) : HOT_CHANNELS.length + below(bitsOf(event), CHANNELS))
}

function channelNames(): string[] {
  return [...HOT_CHANNELS, ...Array.from({ length: CHANNELS }, (_, i) => `channel-${i}`)]
}

/** One for each channel; nine of ten that are not hot say the channel's id. */
function urls({ events }: FieldSource): string[] {
  const pool = new TextPool(columnSeed(events.seed, 'bid.url'), 5, false)
  const seed = columnSeed(events.seed, 'bid.url.parts')
  const part = (i: number): string => {
    const bits = randomBits(seed, i)
    const start = pool.start(bits)
    return String.fromCharCode(...pool.bytes.subarray(start, start + 3 + ((bits >>> 16) % 3)))
  }
  return Array.from({ length: HOT_CHANNELS.length + CHANNELS }, (_, i) => {
    const url = `https://www.nexmark.com/${part(i * 3)}/${part(i * 3 + 1)}/${part(i * 3 + 2)}/item.htm?query=1`
    const number = i - HOT_CHANNELS.length
    const isNamed = number >= 0 && below(randomBits(seed ^ 0x51ed27, i), 10) > 0
    return isNamed ? `${url}&channel_id=${Math.abs(reversedBits(number))}` : url
  })
}

/** The 32 bits of a number in the opposite order, as a signed number. */
function reversedBits(number: number): number {
  let reversed = 0
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((number >>> bit) & 1)
  return reversed
}
