import { MillraceError } from '../errors.js'

/**
 * Names of objects in a `CheckpointStore`:
 *
 * ```
 * job                              the job's id: see `CheckpointHistory.jobId`
 * owner                            the attempt that writes here: see `CheckpointHistory.claim`
 * epoch-0000000012/manifest        written last
 * epoch-0000000012/worker-0-0      state of worker 0
 * ```
 */
export const JOB_OBJECT = 'job'
export const OWNER_OBJECT = 'owner'
export const EPOCH_PREFIX = 'epoch-'

const EPOCH_DIGITS = 10
const NAME = /^[a-z0-9_-][a-z0-9_.-]*(\/[a-z0-9_-][a-z0-9_.-]*)*$/

export function manifestName(epoch: number): string {
  return `${epochFolder(epoch)}manifest`
}

export function stateObjectName(epoch: number, workerIndex: number, index: number): string {
  return `${epochFolder(epoch)}worker-${workerIndex}-${index}`
}

function epochFolder(epoch: number): string {
  return `${EPOCH_PREFIX}${String(epoch).padStart(EPOCH_DIGITS, '0')}/`
}

/** The epoch to which an object belongs, or null where it is none of ours. */
export function epochOfName(name: string): number | null {
  const digits = /^epoch-(\d{10,15})\//.exec(name)?.[1]
  return digits === undefined ? null : Number(digits)
}

export function isManifestName(name: string): boolean {
  const epoch = epochOfName(name)
  return epoch !== null && name === manifestName(epoch)
}

/** Whether a store may be asked for such a name: nothing in it leads out of the store's place. */
export function isObjectName(name: string): boolean {
  return NAME.test(name) && name.length <= 200
}

/** @throws MillraceError INTERNAL */
export function checkObjectName(name: string): void {
  if (!isObjectName(name)) throw new MillraceError('INTERNAL', `broken rule: ${JSON.stringify(name)} is a name of a checkpoint's object`)
}
