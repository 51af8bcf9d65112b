import { MillraceError } from '@millrace/core'

/**
 * Does something with the store.
 * @throws MillraceError STATE_STORE_FAILED in place of what the library throws
 */
export function storing<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause
    const what = cause instanceof Error ? cause.message : String(cause)
    throw new MillraceError('STATE_STORE_FAILED', `state beyond memory: ${what}; see to room and rights in 'state.spill-directory'`, {}, { cause })
  }
}
