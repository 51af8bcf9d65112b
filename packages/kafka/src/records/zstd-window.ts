import { Unpackable } from './snappy.js'

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50

/**
 * The largest window that frames of Zstandard ask for: whoever unpacks them makes memory of that size before it has seen a byte of theirs.
 * Goes over the headers of frames and blocks alone.
 *
 * @throws Unpackable
 */
export function zstdWindow(bytes: Uint8Array, start: number, end: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end)
  let largest = 0
  try {
    for (let p = start; p < end;) {
      const magic = view.getUint32(p, true)
      p += 4
      if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) {
        p += 4 + view.getUint32(p, true)
        continue
      }
      if (magic !== FRAME_MAGIC) throw new Unpackable('it is no frame of Zstandard')
      const flags = view.getUint8(p++)
      const isSingle = (flags & 32) !== 0
      const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >>> 6]!
      if (!isSingle) {
        const descriptor = view.getUint8(p++)
        const base = 2 ** (10 + (descriptor >>> 3))
        largest = Math.max(largest, base + (base / 8) * (descriptor & 7))
      }
      p += [0, 1, 2, 4][flags & 3]!
      if (isSingle) largest = Math.max(largest, sizeAt(view, p, sizeBytes))
      p += sizeBytes
      for (let isLast = false; !isLast;) {
        const header = view.getUint16(p, true) | (view.getUint8(p + 2) << 16)
        isLast = (header & 1) !== 0
        // A block of one byte again and again has only that.
        p += 3 + (((header >>> 1) & 3) === 1 ? 1 : header >>> 3)
      }
      p += (flags & 4) === 0 ? 0 : 4
      if (p > end) throw new Unpackable('a frame goes past its end')
    }
  } catch (error) {
    if (error instanceof RangeError) throw new Unpackable('a frame ends in the middle', { cause: error })
    throw error
  }
  return largest
}

function sizeAt(view: DataView, p: number, width: number): number {
  switch (width) {
    case 1: return view.getUint8(p)
    case 2: return view.getUint16(p, true) + 256
    case 4: return view.getUint32(p, true)
    default: return Number(view.getBigUint64(p, true))
  }
}
