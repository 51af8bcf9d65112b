import { MillraceError } from '../errors.js'
import { crc32 } from './crc32.js'
import type { CheckpointManifest } from './manifest.js'
import { checkManifest } from './manifest-shape.js'
import { fromPlainText, toPlainText } from './plain-text.js'

/** What this version writes. Older versions are brought up to it by {@link MIGRATIONS}; newer ones are refused. */
export const MANIFEST_FORMAT = 2

/** By version: makes of what that version has written what the next one would have. */
const MIGRATIONS: ReadonlyMap<number, (body: unknown) => unknown> = new Map([
  // Since 2 what it refers to may have numbers as differences from the least (`number-span.ts`) and slots as runs (`stored-slot-numbers.ts`).
  [1, (body: unknown) => body],
])

const MAGIC = 'millrace checkpoint '

/**
 * A manifest as bytes: a line with the format's version, a line of JSON (see {@link toPlainText}), and a line with the CRC-32 of all
 * before it in hexadecimal digits.
 */
export function encodeManifest(manifest: CheckpointManifest): Uint8Array {
  return encodeFramed(MANIFEST_FORMAT, manifest)
}

export function encodeFramed(format: number, body: unknown): Uint8Array {
  const text = new TextEncoder().encode(`${MAGIC}${format}\n${toPlainText(body)}\n`)
  const end = new TextEncoder().encode(endLine(crc32(text)))
  const bytes = new Uint8Array(text.length + end.length)
  bytes.set(text)
  bytes.set(end, text.length)
  return bytes
}

const END_BYTES = 9

function endLine(crc: number): string {
  return `${crc.toString(16).padStart(8, '0')}\n`
}

/** @throws MillraceError CHECKPOINT_CORRUPT, CHECKPOINT_FORMAT; never anything else, whatever the bytes */
export function decodeManifest(bytes: Uint8Array): CheckpointManifest {
  return guarded(() => {
    const { format, body } = decodeFramed(bytes)
    const manifest = migrated(format, body, MANIFEST_FORMAT, MIGRATIONS)
    checkManifest(manifest)
    return manifest
  })
}

/**
 * Brings what an older version has written up to this one.
 *
 * @throws MillraceError CHECKPOINT_FORMAT
 */
export function migrated(format: number, body: unknown, wanted: number, migrations: ReadonlyMap<number, (body: unknown) => unknown>): unknown {
  let now = body
  for (let version = format; version !== wanted; version++) {
    const step = version < wanted ? migrations.get(version) : undefined
    if (step === undefined) {
      const advice = format > wanted ? 'go on with the version of Millrace that wrote it, or a newer one' : 'go on with the version that wrote it'
      throw new MillraceError('CHECKPOINT_FORMAT', `the checkpoint has format ${format} and this version reads ${wanted}: ${advice}`)
    }
    now = step(now)
  }
  return now
}

/** @throws MillraceError CHECKPOINT_CORRUPT and what JSON throws */
export function decodeFramed(bytes: Uint8Array): { readonly format: number; readonly body: unknown } {
  const end = bytes.length - END_BYTES
  if (end <= 0) throw corrupt('it is cut off')
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  if (decoder.decode(bytes.subarray(end)) !== endLine(crc32(bytes.subarray(0, end)))) throw corrupt('its checksum does not fit')
  const text = decoder.decode(bytes.subarray(0, end))
  const [, format, body] = /^millrace checkpoint ([1-9]\d{0,8})\n([^\n]*)\n$/.exec(text) ?? []
  if (format === undefined || body === undefined) throw corrupt('it does not begin like one')
  return { format: Number(format), body: fromPlainText(body) }
}

function guarded<T>(decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    if (error instanceof MillraceError && (error.code === 'CHECKPOINT_CORRUPT' || error.code === 'CHECKPOINT_FORMAT')) throw error
    // Text that is no UTF-8 or no JSON, or nested without end.
    throw new MillraceError('CHECKPOINT_CORRUPT', `the manifest is damaged: ${(error as Error).message}`, {}, { cause: error })
  }
}

function corrupt(why: string): MillraceError {
  return new MillraceError('CHECKPOINT_CORRUPT', `the manifest is damaged: ${why}`)
}
