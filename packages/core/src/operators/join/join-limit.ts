import { JOIN_STATE_ROWS_MAX, STORED_TEXT_BYTES_MAX } from '../../limits.js'
import type { StoreLimit } from '../../state/row-store.js'

/** For the rows of one input of a join on one worker. */
export const JOIN_LIMIT: StoreLimit = {
  rowsMax: JOIN_STATE_ROWS_MAX,
  tooManyRows: `a join keeps more than ${JOIN_STATE_ROWS_MAX} rows of one side on one worker; use more workers, a window or a bound in time`,
  tooMuchText: `a column of text in the state of a join exceeds ${STORED_TEXT_BYTES_MAX} bytes on one worker; use more workers or a window`,
}
