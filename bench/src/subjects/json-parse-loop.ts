import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { measure } from '../measurement.js'
import type { Measurement } from '../measurement.js'
import { resultHash } from '../result-hash.js'

/** What a Node user would write by hand: readline, JSON.parse, a Map. */
export async function jsonParseLoop({ path, rows }: { path: string; rows: number }): Promise<Measurement> {
  return measure(rows, async () => {
    const groups = new Map<string, { count: number; price: number; quantity: number }>()
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      const trade = JSON.parse(line) as { symbol: string; price: number; quantity: number }
      if (trade.price <= 110) continue
      const group = groups.get(trade.symbol)
      if (group === undefined) groups.set(trade.symbol, { count: 1, price: trade.price, quantity: trade.quantity })
      else {
        group.count++
        group.price += trade.price
        group.quantity += trade.quantity
      }
    }
    return { hash: resultHash([...groups].map(([symbol, g]) => [symbol, g.count, g.price / g.count, g.quantity])) }
  })
}
