import { CheckpointHistory, loadSnapshot } from '@millrace/core'
import type { CheckpointManifest, CheckpointStore, JobSnapshot, MillraceError } from '@millrace/core'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { millraceCommand } from '../cli/command.js'
import { Chance } from '../differential/chance.js'
import { runJob } from './killed-runs.js'
import { placeOf, RECOVERY_JOBS, writeInputs, written, type RecoveryJob, type RunPlace } from './recovery-jobs.js'

/** Runs of the real program over damaged checkpoints, for each job; with it all jobs are looked at, and more of their bytes. */
const ASKED = process.env['MILLRACE_TORN']
const IS_LONG = ASKED !== undefined
const SEED = Number(process.env['MILLRACE_SEED'] ?? process.env['MILLRACE_FIRST_SEED'] ?? Date.now() % 1_000_000)
const NAMES = IS_LONG ? ['windows', 'windows of a stream with late rows', 'join', 'filter and projection into one file'] : ['windows']
const SAMPLES = Number(ASKED ?? 1)
/** From one damaged place of a file to the next. */
const STEP = IS_LONG ? 97 : 1_009

const folder = mkdtempSync(join(tmpdir(), 'millrace-torn-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** Enough for several checkpoints on a quick machine. */
beforeAll(() => writeInputs(folder, 1, 250_000))

type Objects = ReadonlyMap<string, Uint8Array>

const DAMAGES: Readonly<Record<string, (bytes: Uint8Array, at: number) => Uint8Array>> = {
  'cut off': (bytes, at) => bytes.slice(0, at),
  'a byte flipped': (bytes, at) => bytes.with(at, bytes[at]! ^ (1 << at % 8)),
}

/** A job that was killed when it had at least three checkpoints, and had more to do. */
async function killedJob(job: RecoveryJob): Promise<RunPlace> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const place = placeOf(folder, job)
    const { signal } = await runJob(place.sqlFile, place.checkpoints, 2, { newEpochs: 4, afterMs: 0 })
    if (signal === 'SIGKILL' && [...objectsOf(place.checkpoints).keys()].filter((name) => name.endsWith('/manifest')).length >= 3) return place
  }
  throw new Error(`${job.name} ends before it has three checkpoints`)
}

function objectsOf(checkpoints: string): Objects {
  const names = readdirSync(checkpoints, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(checkpoints.length + 1))
  return new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(checkpoints, name)))]))
}

function storeOf(objects: Objects): CheckpointStore {
  return {
    put: async () => { throw new Error('nothing is written') },
    get: async (name) => objects.get(name) ?? null,
    list: async (prefix) => [...objects.keys()].filter((name) => name.startsWith(prefix)).sort(),
    remove: async () => {},
    close: async () => {},
  }
}

interface Found {
  readonly manifest: CheckpointManifest
  readonly loaded: JobSnapshot
}

async function find(objects: Objects): Promise<Found | null> {
  const store = storeOf(objects)
  const { manifest } = await new CheckpointHistory(store, 3).find()
  return manifest === null ? null : { manifest, loaded: await loadSnapshot(store, manifest.snapshot, manifest.objects) }
}

/** Every checkpoint of a store, newest first. */
async function allOf(objects: Objects): Promise<Found[]> {
  const found: Found[] = []
  for (const left = new Map(objects);;) {
    const next = await find(left)
    if (next === null) return found
    found.push(next)
    left.delete(manifestOf(next))
  }
}

const manifestOf = ({ manifest }: Found): string => `epoch-${String(manifest.snapshot.epoch).padStart(10, '0')}/manifest`

describe('damaged checkpoints are passed over', () => {
  for (const name of NAMES) {
    const job = RECOVERY_JOBS.find((one) => one.name === name)!
    let killed: RunPlace

    it(`of ${name}: at every ${STEP}th offset of every file`, async () => {
      killed = await killedJob(job)
      const objects = objectsOf(killed.checkpoints)
      const whole = await allOf(objects)
      expect(whole.length).toBeGreaterThanOrEqual(3)
      let count = 0
      for (const [file, bytes] of objects) {
        const uses = (found: Found): boolean => file === manifestOf(found) || found.manifest.objects.some((object) => object.name === file)
        const good = whole.find((found) => !uses(found)) ?? null
        for (let at = 0; at < bytes.length; at += STEP) {
          for (const [what, damage] of Object.entries(DAMAGES)) {
            const damaged = new Map(objects).set(file, damage(bytes, at))
            const outcome = await find(damaged).catch((error: unknown) => error)
            const told = `${file}, ${what} at ${at}`
            count++
            if (good === null) expect((outcome as MillraceError).code, told).toBe('CHECKPOINT_CORRUPT')
            else {
              if (outcome instanceof Error) throw new Error(told, { cause: outcome })
              expect((outcome as Found).manifest.snapshot.epoch, told).toBe(good.manifest.snapshot.epoch)
              expect(isSame((outcome as Found).loaded, good.loaded), told).toBe(true)
            }
          }
        }
      }
      expect(count).toBeGreaterThan(50)
    })

    it(`of ${name}: by the program, which writes what an undisturbed one does or says what is wrong`, async () => {
      const undisturbed = placeOf(folder, job)
      expect(await millraceCommand(['run', undisturbed.sqlFile, '--workers', '2', '--quiet'])).toMatchObject({ code: 0, stderr: '' })
      const expected = written(job, undisturbed.out)
      const kept = `${killed.folder}-kept`
      cpSync(killed.folder, kept, { recursive: true })
      const files = [...objectsOf(killed.checkpoints)]
      const chance = new Chance(SEED)
      for (let sample = 0; sample < SAMPLES; sample++) {
        rmSync(killed.folder, { recursive: true })
        cpSync(kept, killed.folder, { recursive: true })
        // Mostly what the newest one needs; sometimes several files.
        const told: string[] = [`again with MILLRACE_SEED=${SEED}`]
        for (let more = true; more; more = chance.maybe(0.3)) {
          const [file, bytes] = chance.pick(chance.maybe(0.7) ? files.slice(-3) : files)
          const at = chance.between(0, bytes.length - 1)
          const what = chance.pick(Object.keys(DAMAGES))
          writeFileSync(join(killed.checkpoints, file), DAMAGES[what]!(bytes, at))
          told.push(`${file}, ${what} at ${at}`)
        }
        const { code, stderr } = await runJob(killed.sqlFile, killed.checkpoints, chance.pick([1, 2, 3, 4]), null)
        told.push(`ended with ${code}: ${stderr}`)
        if (code === 0) expect(written(job, killed.out) === expected, told.join('\n')).toBe(true)
        else expect(stderr, told.join('\n')).toMatch(/^CHECKPOINT_(CORRUPT|FORMAT)/)
      }
    })
  }
})

/** Of plain data, a million times over: bytes that lie in the same place are not looked at again. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const isOnePlace = a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.length === b.length
    return isOnePlace || Buffer.compare(a, b) === 0
  }
  const [keys, others] = [Object.keys(a), Object.keys(b)]
  return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}
