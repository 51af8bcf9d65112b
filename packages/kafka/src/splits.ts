import { assert, type Split } from '@millrace/core'
import type { PartitionBounds } from './cluster/positions.js'
import { splitIdOf } from './cluster/table-partitions.js'

/**
 * A partition as a split. Unbounded ones weigh the same, so that they are spread evenly over the workers; others as much as they have
 * records, more or less: a compacted topic has fewer than offsets.
 */
export function splitOf(bounds: PartitionBounds): Split {
  const { topic, partition, start, end } = bounds
  const detail: PartitionBounds = { topic, partition, start, end }
  return { id: splitIdOf(bounds), weight: end === null ? 1 : Math.max(1, end - start), bounded: end !== null, detail }
}

export function partitionOf(split: Split): PartitionBounds {
  const detail = split.detail as PartitionBounds
  assert(typeof detail?.topic === 'string' && typeof detail.partition === 'number', 'a split of the Kafka connector is a partition')
  return detail
}
