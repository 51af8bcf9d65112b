import { INSERT } from '../types/batch.js'
import type { Batch } from '../types/batch.js'

/** True if no row of the batch changes or takes back another. */
export function onlyInserts(batch: Batch): boolean {
  const kinds = batch.rowKinds
  if (kinds === null) return true
  for (let i = 0; i < batch.length; i++) if (kinds[i] !== INSERT) return false
  return true
}
