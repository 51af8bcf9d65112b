import type { CheckpointStore, JobSnapshot } from '@millrace/core'
import { crc32 } from 'node:zlib'
import { deserialize, serialize } from 'node:v8'

export interface Restored { readonly snapshot: JobSnapshot; readonly ended: boolean }

export function manifestName(epoch: number): string {
  return `epoch-${String(epoch).padStart(10, '0')}/manifest`
}

export async function restoreNewest(store: CheckpointStore): Promise<Restored | null> {
  for (const name of (await store.list('epoch-')).reverse()) {
    const bytes = await store.get(name)
    if (bytes === null || bytes.length < 5 || Buffer.from(bytes).readUInt32LE(0) !== crc32(bytes.subarray(4))) continue
    // It may be there and not durable yet: what follows from it must not outlive it.
    await store.put(name, [bytes])
    return deserialize(bytes.subarray(4)) as Restored
  }
  return null
}

export async function writeManifest(store: CheckpointStore, restored: Restored): Promise<void> {
  const body = serialize(restored)
  const head = Buffer.alloc(4)
  head.writeUInt32LE(crc32(body))
  await store.put(manifestName(restored.snapshot.epoch), [head, body])
}

export async function prune(store: CheckpointStore): Promise<void> {
  const names = await store.list('epoch-')
  await store.remove(names.slice(0, -3))
}
