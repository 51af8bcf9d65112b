import { MemorySpill, type Spill, type SpilledRow, type SpillStore } from '@millrace/core'
import fc from 'fast-check'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { spill } from './index.js'

const folder = mkdtempSync(join(tmpdir(), 'millrace-lmdb-test-'))
const opened: Spill[] = []
const opening = spill.open(folder, 'worker 0').then((one) => {
  opened.push(one)
  return one
})
let count = 0
const newStore = async (): Promise<SpillStore> => (await opening).store(`store ${count++}`)

afterAll(async () => {
  for (const one of opened) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

const key = fc.uint8Array({ minLength: 1, maxLength: 3 })
const row = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 20_000 }).map((length) => new Uint8Array(length).fill(length)))
const step = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), rows: fc.array(fc.tuple(key, row), { maxLength: 20 }) }),
  fc.record({ kind: fc.constant('remove' as const), keys: fc.array(key, { maxLength: 10 }) }),
  fc.record({ kind: fc.constant('get' as const), key }),
  fc.record({ kind: fc.constant('range' as const), from: fc.option(key), before: fc.option(key), rowsMax: fc.integer({ min: 1, max: 30 }) }),
  fc.record({ kind: fc.constant('clear' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function does(store: SpillStore, step: Step): unknown {
  switch (step.kind) {
    case 'put': return store.write(({ put }) => step.rows.forEach(([k, r]) => put(k, r)))
    case 'remove': return store.write(({ remove }) => step.keys.forEach((k) => remove(k)))
    case 'get': {
      const found = store.get(step.key)
      return found === null ? null : textOf(found)
    }
    case 'range': return textsOf(store.range(step.from, step.before, step.rowsMax))
    case 'clear': return store.clear()
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const textsOf = (rows: readonly SpilledRow[]): string[] => rows.map(({ key: k, row: r }) => `${textOf(k)} ${textOf(r)}`)

describe('a store on disk', () => {
  it('does what one in memory does', async () => {
    const store = await newStore()
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      store.clear()
      const memory = new MemorySpill().store('rows')
      for (const one of steps) expect(does(store, one)).toEqual(does(memory, one))
    }), { numRuns: 60 })
  })

  it('keeps a snapshot as it was, whatever is written meanwhile', async () => {
    const store = await newStore()
    const keyOf = (n: number): Uint8Array => Uint8Array.of(n >> 8, n & 255)
    store.write(({ put }) => [...Array(1_000).keys()].forEach((n) => put(keyOf(n), Uint8Array.of(1))))
    const snapshot = store.snapshot()
    const first = snapshot.next(300)
    store.write(({ put, remove }) => [...Array(1_500).keys()].forEach((n) => (n % 3 === 0 ? remove(keyOf(n)) : put(keyOf(n), Uint8Array.of(2)))))
    const rest = snapshot.next(10_000)
    expect(first.length + rest.length).toBe(1_000)
    expect([...first, ...rest].map(({ key: k }) => (k[0]! << 8) + k[1]!)).toEqual([...Array(1_000).keys()])
    expect([...first, ...rest].every(({ row: r }) => r[0] === 1)).toBe(true)
    expect(snapshot.next(1)).toEqual([])
    snapshot.close()
    expect(store.range(null, null, 10_000)).toHaveLength(1_000)
    expect(store.get(keyOf(4))).toEqual(Uint8Array.of(2))
  })

  it('undoes a write that throws', async () => {
    const store = await newStore()
    expect(() => store.write(({ put }) => {
      put(Uint8Array.of(1), Uint8Array.of(1))
      throw new Error('no')
    })).toThrow('no')
    expect(store.get(Uint8Array.of(1))).toBeNull()
  })

  it('leaves no file in its directory', async () => {
    await opening
    if (process.platform !== 'win32') expect(readdirSync(folder)).toEqual([])
  })

  it('says that a directory cannot be used', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    await expect(spill.open(join(file, 'below'), 'worker 0')).rejects.toMatchObject({ code: 'STATE_STORE_FAILED' })
    rmSync(file)
  })
})
