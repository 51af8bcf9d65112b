import { closeSync, existsSync, linkSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'

const BLOCK_BYTES = 1 << 20
const ROW_BYTES_MAX = 2_048

/** Writes one row into `block` at `offset` and returns the offset behind it. */
export type RowWriter = (block: Buffer, offset: number, row: number) => number

/** Makes a file of `rows` rows unless it is there already; returns its size in bytes. */
export function dataFile(path: string, rows: number, writeRow: RowWriter): number {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true })
    process.stderr.write(`making ${path} (${rows.toLocaleString('en')} rows)\n`)
    const file = openSync(`${path}.tmp`, 'w')
    const block = Buffer.allocUnsafe(BLOCK_BYTES)
    let used = 0
    for (let row = 0; row < rows; row++) {
      used = writeRow(block, used, row)
      if (used > BLOCK_BYTES - ROW_BYTES_MAX) {
        writeSync(file, block, 0, used)
        used = 0
      }
    }
    writeSync(file, block, 0, used)
    closeSync(file)
    renameSync(`${path}.tmp`, path)
  }
  return statSync(path).size
}

/**
 * A folder in which a file stands several times under different names, as a glob: rows enough for a long run without the disk and the page
 * cache that they would take.
 */
export function repeatedFile(path: string, times: number): string {
  const folder = `${path}.x${times}`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (let i = 0; i < times; i++) linkSync(path, join(folder, `${i}${extname(path)}`))
  return join(folder, `*${extname(path)}`)
}

/** Writes a whole number in decimal; faster than formatting it. */
export function writeInteger(block: Buffer, offset: number, value: number): number {
  let divisor = 1
  while (divisor * 10 <= value) divisor *= 10
  for (; divisor >= 1; divisor = Math.floor(divisor / 10)) block[offset++] = 48 + (Math.floor(value / divisor) % 10)
  return offset
}
