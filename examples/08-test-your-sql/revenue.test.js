// Tests of revenue.sql: the very file that runs in production, with its topics in memory. `node --test` runs them, and so does Vitest
// with `import { test } from 'vitest'`.
import { expectSql } from '@millrace/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'

const sql = new URL('./revenue.sql', import.meta.url)
const params = { brokers: 'none:9092' }

test('a minute is told once it is over', async () => {
  const job = await expectSql(sql, { params })
  await job.push('orders', [
    { id: 1, shop: 'bern', amount: '12.50', placed: '2026-01-01 09:00:10' },
    { id: 2, shop: 'bern', amount: '2.50', placed: '2026-01-01 09:00:50' },
    { id: 3, shop: 'chur', amount: '5.00', placed: '2026-01-01 09:01:02' },
  ])
  await job.changes('revenue', [])

  await job.push('orders', [{ id: 4, shop: 'chur', amount: '10.00', placed: '2026-01-01 09:01:05' }])
  await job.changes('revenue', [{ shop: 'bern', minute_start: '2026-01-01 09:00:00', net: '12.00', orders: 2 }])

  await job.endOfInput()
  await job.changes('revenue', [{ shop: 'chur', minute_start: '2026-01-01 09:01:00', net: 12, orders: 2n }])
})

test('an order that comes too late is kept apart', async () => {
  const job = await expectSql(sql, { params })
  await job.advanceWatermark('orders', '2026-01-01 09:01:00')
  await job.push('orders', [{ id: 1, shop: 'bern', amount: 1, placed: '2026-01-01 09:00:59' }])
  await job.changes('late_orders', [{ id: 1, shop: 'bern', lateness_ms: 0 }])
  await job.endOfInput()
  await job.table('revenue', [])
})

test('no order is lost or counted twice when workers die and their number changes', async () => {
  const job = await expectSql(sql, { params, workers: [1, 2, 8] })
  const orders = Array.from({ length: 20 }, (_, i) => ({ id: i, shop: 'abc'[i % 3], amount: 5, placed: `2026-01-01 09:00:${10 + i}` }))
  await job.killWorkerAt('orders', 7)
  await job.push('orders', orders.slice(0, 10))
  await job.restart({ workers: 4 })
  await job.killWorkerAt('orders', 17)
  await job.push('orders', orders.slice(10))
  await job.endOfInput()
  await job.table('revenue', [{ shop: 'a', orders: 7 }, { shop: 'b', orders: 7 }, { shop: 'c', orders: 6 }], { columns: ['shop', 'orders'] })
})

test('what is wrong is told so that one can see it', async () => {
  const job = await expectSql(sql, { params, workers: 2 })
  await job.push('orders', [{ id: 1, shop: 'bern', amount: '12.50', placed: '2026-01-01 09:00:10' }])
  await job.endOfInput()
  const wrong = job.table('revenue', [{ shop: 'bern', minute_start: '2026-01-01 09:00:00', net: '12.50', orders: 1 }])
  await assert.rejects(wrong, /- bern .* 12\.50/)
})
