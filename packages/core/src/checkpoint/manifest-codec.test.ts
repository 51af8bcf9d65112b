import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../errors.js'
import { fuzzRuns } from '../fuzz-runs.test.kit.js'
import type { CheckpointManifest } from './manifest.js'
import { decodeManifest, encodeFramed, encodeManifest, MANIFEST_FORMAT, migrated } from './manifest-codec.js'
import { MANIFEST } from './manifest.test.data.js'

const bytes = encodeManifest(MANIFEST)

function codeOf(malformed: Uint8Array): string {
  try {
    decodeManifest(malformed)
    return 'decoded'
  } catch (error) {
    return error instanceof MillraceError ? error.code : String(error)
  }
}

describe('a manifest', () => {
  it('comes back as it was', () => {
    const back = decodeManifest(bytes)
    expect(back).toStrictEqual(MANIFEST)
    expect(back.snapshot.workers[0]!.scans[0]!.splits[0]!.position).toStrictEqual({ offset: 12n, of: undefined, at: -0, last: NaN })
  })

  it('is refused when it is cut off anywhere', () => {
    for (let length = 0; length < bytes.length; length++) expect(codeOf(bytes.subarray(0, length)), `${length} bytes`).toBe('CHECKPOINT_CORRUPT')
  })

  it('is refused when any bit of it has flipped', () => {
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = bytes.slice()
        flipped[at]! ^= 1 << bit
        expect(codeOf(flipped), `bit ${bit} of byte ${at}`).toBe('CHECKPOINT_CORRUPT')
      }
    }
  })

  it('is refused with something behind it', () => {
    expect(codeOf(Uint8Array.of(...bytes, 10))).toBe('CHECKPOINT_CORRUPT')
  })

  it('of another format is refused as such, and not as damaged', () => {
    expect(codeOf(encodeFramed(MANIFEST_FORMAT + 1, MANIFEST))).toBe('CHECKPOINT_FORMAT')
    expect(codeOf(encodeFramed(999, {}))).toBe('CHECKPOINT_FORMAT')
  })

  it('of an older format is brought up step by step', () => {
    const steps = new Map([[1, (body: unknown) => `${String(body)} second`], [2, (body: unknown) => `${String(body)} third`]])
    expect(migrated(1, 'first', 3, steps)).toBe('first second third')
    expect(migrated(3, 'third', 3, steps)).toBe('third')
    expect(() => migrated(4, 'fourth', 3, steps)).toThrow(/a newer one/)
  })

  it('of format 1 says the same', () => {
    expect(decodeManifest(encodeFramed(1, MANIFEST))).toEqual(decodeManifest(encodeManifest(MANIFEST)))
  })
})

describe('a manifest with the right checksum and the wrong content', () => {
  it('is refused whatever bytes it is of', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      expect(codeOf(noise)).toBe('CHECKPOINT_CORRUPT')
    }), { numRuns: fuzzRuns(300, 20_000) })
  })

  it('is refused whatever data it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => {
      expect(codeOf(encodeFramed(MANIFEST_FORMAT, body))).toBe('CHECKPOINT_CORRUPT')
    }), { numRuns: fuzzRuns(300, 20_000) })
  })

  it('is refused where any value in it has become another, or is decoded to something of its form', () => {
    const paths = pathsOf(MANIFEST)
    const values = fc.oneof(fc.constantFrom<unknown>(null, -1, 1.5, '', [], {}, true, 2 ** 53, 10n, undefined, '../x', [null], 'a:1'), fc.jsonValue())
    fc.assert(fc.property(fc.constantFrom(...paths), values, (path, value) => {
      expect(['decoded', 'CHECKPOINT_CORRUPT']).toContain(codeOf(encodeFramed(MANIFEST_FORMAT, replaced(MANIFEST, path, value))))
    }), { numRuns: fuzzRuns(2_000, 100_000) })
  })

  it.each<[string, (string | number)[], unknown]>([
    ['an object outside the store', ['objects', 0, 'name'], '../../etc/passwd'],
    ['bytes behind the end of an object', ['objects', 0, 'bytes'], 9],
    ['bytes of an object it does not list', ['objects'], []],
    ['a worker too many', ['snapshot', 'plan', 'workerCount'], 2],
    ['a split that no table has', ['snapshot', 'splits', 0, 'splits'], []],
    ['a part of another epoch', ['snapshot', 'workers', 0, 'epoch'], 2],
    ['a node before its input', ['snapshot', 'plan', 'nodes', 1, 'inputs'], [1]],
    ['a table without parts', ['snapshot', 'workers', 0, 'operators', 0, 'tables', 0, 'parts'], []],
    ['bytes in place of where they are', ['snapshot', 'workers', 0, 'operators', 0, 'tables', 0, 'parts', 0, 'batches'], [new Uint8Array(3)]],
  ])('is refused with %s', (_what, path, value) => {
    expect(codeOf(encodeFramed(MANIFEST_FORMAT, replaced(MANIFEST, path, value)))).toBe('CHECKPOINT_CORRUPT')
  })

  it('nested without end does not end the stack', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const framed = encodeFramed(MANIFEST_FORMAT, 'X')
    const text = new TextDecoder().decode(framed).replace('"X"', deep)
    expect(codeOf(new TextEncoder().encode(text))).toBe('CHECKPOINT_CORRUPT')
  })
})

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, Array.isArray(value) ? Number(key) : key]))]
}

function replaced(manifest: CheckpointManifest, path: Path, value: unknown): unknown {
  const root = { manifest: structuredClone(manifest) as unknown }
  let at = root as unknown as Record<string | number, unknown>
  const keys = ['manifest', ...path]
  for (const key of keys.slice(0, -1)) at = at[key] as typeof at
  at[keys.at(-1)!] = value
  return root.manifest
}
