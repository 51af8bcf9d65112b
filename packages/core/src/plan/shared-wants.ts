import type { LogicalRead } from './logical.js'
import type { Wanted } from './physical-builder.js'

/** The hidden columns that all who share a read want of it. */
export class SharedWants {
  /** Whether somebody has been told less than is known by now. */
  haveChanged = false
  readonly #wants = new Map<LogicalRead, Wanted>()

  /** @returns what is wanted of the read as far as is known, `wanted` among it */
  of(read: LogicalRead, wanted: Wanted): Wanted {
    const known = this.#wants.get(read)
    const all = { ordinal: wanted.ordinal || known?.ordinal === true, watermark: wanted.watermark || known?.watermark === true }
    if (known !== undefined && (known.ordinal !== all.ordinal || known.watermark !== all.watermark)) this.haveChanged = true
    this.#wants.set(read, all)
    return all
  }
}
