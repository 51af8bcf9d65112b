import { partitionOfKey } from '../records/murmur2.js'
import type { PartitionQueue } from './partition-queue.js'

/** Says where records go that do not say it themselves. */
export interface Partitioner {
  of(key: Uint8Array | null, start: number, end: number): number
}

/**
 * `default` is the Java client's: by the hash of the key; without a key, all to one partition until a batch of it is begun that is another's
 * turn, so that batches are large. `fixed` is one partition a worker.
 */
export function partitionerOf(kind: 'default' | 'round-robin' | 'fixed', queues: readonly PartitionQueue[], workerIndex: number): Partitioner {
  const count = queues.length
  // Workers begin at different partitions.
  let at = workerIndex % count
  switch (kind) {
    case 'fixed': return { of: () => at }
    case 'round-robin': return { of: () => (at = (at + 1) % count) }
    case 'default': return {
      of: (key, start, end) => {
        if (key !== null) return partitionOfKey(key, start, end, count)
        if (queues[at]!.open === null) at = (at + 1) % count
        return at
      },
    }
  }
}
