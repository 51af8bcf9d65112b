import type { OptionTable } from '@millrace/core'

/** Those of the public benchmark, by the names that Flink's connector gives them, and a few of our own. */
export const NEXMARK_OPTIONS: OptionTable = {
  'events.num': { type: 'integer', minimum: 0, default: '0', doc: 'Events in all; 0: the table never ends.' },
  'first-event.rate': { type: 'integer', minimum: 1, default: '10000', doc: 'Events a second in the first half of every `rate.period`: event times follow it.' },
  'next-event.rate': { type: 'integer', minimum: 1, default: '10000', doc: 'Events a second in the second half of every `rate.period`.' },
  'rate.shape': { type: 'string', values: ['SQUARE'], default: 'SQUARE', doc: 'How the rate changes between the two.' },
  'rate.period': { type: 'duration', default: '600s', doc: 'How long both rates together hold before they come again.' },
  'rate.limited': { type: 'boolean', default: 'false', doc: "What Flink's connector calls `throttle`." },
  'throttle': { type: 'boolean', default: 'false', doc: 'Lets events out as the wall clock reaches their times, counted from the start of the job.' },
  'keep-alive': { type: 'boolean', default: 'false', doc: 'Does not end after the last event; the table then counts as one without end.' },
  'person.proportion': { type: 'integer', minimum: 0, default: '1', doc: 'New persons in an epoch of events.' },
  'auction.proportion': { type: 'integer', minimum: 0, default: '3', doc: 'New auctions in an epoch of events.' },
  'bid.proportion': { type: 'integer', minimum: 0, default: '46', doc: 'Bids in an epoch of events.' },
  'person.avg-size': { type: 'bytes', default: '200b', doc: 'Size of a person, filled up by `extra`.' },
  'auction.avg-size': { type: 'bytes', default: '500b', doc: 'Size of an auction, filled up by `extra`.' },
  'bid.avg-size': { type: 'bytes', default: '100b', doc: 'Size of a bid, filled up by `extra`.' },
  'bid.hot-ratio.auctions': { type: 'integer', minimum: 1, default: '2', doc: 'Of so many bids all but one are for a hot auction.' },
  'bid.hot-ratio.bidders': { type: 'integer', minimum: 1, default: '4', doc: 'Of so many bids all but one come from a hot bidder.' },
  'auction.hot-ratio.sellers': { type: 'integer', minimum: 1, default: '4', doc: 'Of so many auctions all but one are by a hot seller.' },
  'seed': { type: 'integer', default: '0', doc: 'The same seed and options give the same events, at any worker count.' },
  'base-time': { type: 'string', default: '2015-07-15 00:00:00', doc: 'Time of the first event.' },
}
