/**
 * `@millrace/lmdb`: state beyond memory, in LMDB. Found by its name where a job sets `state.memory-limit`; this package alone knows the
 * library.
 */
export { spill } from './lmdb-spill.js'
