/**
 * Elements as bytes, for rings between workers and for files. All parts start at multiples of 8 in native byte order, so
 * that a decoded batch is made of views over the bytes it was decoded from: it is valid as long as they are.
 *
 * ```
 * element    u32 tag, u32 bytes in all (a multiple of 8), then
 *   watermark  f64 micros
 *   barrier    f64 epoch
 *   end        nothing
 *   batch      u32 rows, u16 columns, u16 1 if there are row kinds; the row kinds, a byte a row; the columns
 * column     u32 form, bit 8 set if there are nulls, u32 bytes of its data; the nulls, a byte a row; the data
 *   BOOL I32 F64      the values
 *   NARROW LONG       doubles, 64-bit integers (0 beside NULL)
 *   SPAN + 1, 2 or 4  of F64 and NARROW: the least as a double, then how much more each is, in so many bytes (number-span.ts)
 *   BIG ANY           tagged values (value-codec.ts)
 *   TEXT              i32 offsets, one more than rows; UTF-8
 * ```
 * Strings arrive as `utf8` whatever they were; the origin of rows is not carried.
 */
export const BATCH = 0x6d620001
export const WATERMARK = 0x6d620002
export const BARRIER = 0x6d620003
export const END_TAG = 0x6d620004

export const BOOL = 1
export const I32 = 2
export const F64 = 3
export const NARROW = 4
export const LONG = 5
export const BIG = 6
export const TEXT = 7
export const ANY = 8
export const SPAN = 0x10
export const HAS_NULLS = 0x100

export const HEAD_BYTES = 8
export const BATCH_HEAD_BYTES = 16

export const aligned = (size: number): number => (size + 7) & ~7
