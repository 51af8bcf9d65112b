import { describe, expect, it } from 'vitest'
import { Outbox } from '../exchange/outbox.js'
import { newRing } from '../exchange/ring.js'
import { FedSplits } from './fed-splits.js'
import { FeedInbox } from './feed-inbox.js'
import { decodeFailure, encodeFailure, FEED, type FeedHead, sendFeed } from './feed-message.js'

const NOTHING: FeedHead = { kind: FEED.nothing, unit: 0, split: 0, last: false, position: 0, bytesIn: 0, rowsFiltered: 0 }
const head = (part: Partial<FeedHead>): FeedHead => ({ ...NOTHING, ...part })
const splits = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `s${i}`, weight: 10, bounded: true, detail: null }))

describe('a feed', () => {
  it('shows a message until it is taken', () => {
    const ring = newRing(1_024)
    const outbox = new Outbox(ring)
    const inbox = new FeedInbox(ring)
    expect(inbox.peek()).toBeNull()
    const sent = head({ kind: FEED.block, unit: 9, split: 2, last: true, position: 2 ** 40, bytesIn: 5, rowsFiltered: 3 })
    sendFeed(outbox, sent, 3, (bytes, offset) => bytes.set([7, 8, 9], offset))
    sendFeed(outbox, head({ kind: FEED.finish }), 0, () => {})
    expect(inbox.peek()).toEqual(sent)
    expect(inbox.peek()).toEqual(sent)
    expect([...inbox.bytes.subarray(inbox.offset, inbox.offset + inbox.length)]).toEqual([7, 8, 9])
    expect(inbox.finished).toBe(false)
    inbox.take()
    expect(inbox.finished).toBe(true)
  })

  it('carries failures whole', () => {
    const failure = { code: 'ROW_UNDECODABLE', message: 'é', splitId: 's', position: { at: 5 } } as const
    for (const record of [null, new Uint8Array(), Uint8Array.of(0, 255, 10)]) {
      expect(decodeFailure(encodeFailure({ ...failure, record }))).toEqual({ ...failure, record })
    }
  })
})

describe('the splits of a fed worker', () => {
  it('are its own of the source where order counts', () => {
    const fed = new FedSplits(4, 'sticky', new FeedInbox(newRing(1_024)), splits(5), 1, 2)
    expect(fed.unclaimed).toBe(2)
    expect([fed.claim(), fed.claim(), fed.claim()]).toEqual([1, 3, -1])
    expect(fed.unclaimed).toBe(0)
    expect(fed.splits[3]).toMatchObject({ id: 's3', detail: { scanNodeId: 4, unit: 3 } })
  })

  it('are one where it does not, and every n-th block where blocks are numbered, until the feed ends', () => {
    const ring = newRing(1_024)
    expect([new FedSplits(0, 'free', new FeedInbox(ring), splits(5), 1, 3)].flatMap((fed) => [fed.claim(), fed.claim()])).toEqual([1, -1])
    const numbered = new FedSplits(0, 'numbered', new FeedInbox(ring), splits(1), 1, 3)
    expect([numbered.claim(), numbered.claim()]).toEqual([1, 4])
    sendFeed(new Outbox(ring), head({ kind: FEED.finish }), 0, () => {})
    expect(numbered.claim()).toBe(-1)
  })
})
