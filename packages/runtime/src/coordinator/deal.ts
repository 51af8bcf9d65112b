import type { ScanNode } from '@millrace/core'

/**
 * How the main thread deals out what it reads of a scan:
 *
 * - `free`: each block to a worker that has room. For rows whose order does not matter.
 * - `numbered`: block k to worker k mod N, as split k of the scan. Rows keep the order (split, block, row) in their
 *   ordinals whatever the number of workers, because blocks are cut the same every time.
 * - `sticky`: all blocks of a split to one worker, under the split's own index. For scans read as a stream, since what is late is decided
 *   in the order of the split, and for changelogs, whose rows are taken back after they have come.
 */
export type Deal = 'free' | 'numbered' | 'sticky'

export function dealOf(scan: ScanNode): Deal {
  if (!scan.bounded || scan.changes === true) return 'sticky'
  return scan.hidden.includes('ordinal') ? 'numbered' : 'free'
}

/** The worker to which a `sticky` scan's split belongs. */
export function ownerOfSplit(splitIndex: number, workerCount: number): number {
  return splitIndex % workerCount
}
