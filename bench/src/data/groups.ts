import { dataFile, writeInteger } from './data-file.js'
import { seeded } from './seeded.js'

/** NDJSON of the strategies table: `{"group_id":17,"value":4242}`, 1,000 groups. */
export function groupsFile(path: string, rows: number): number {
  const random = seeded(7)
  const before = Buffer.from('{"group_id":')
  const middle = Buffer.from(',"value":')
  const end = Buffer.from('}\n')
  return dataFile(path, rows, (block, offset) => {
    offset += before.copy(block, offset)
    offset = writeInteger(block, offset, Math.floor(random() * 1_000))
    offset += middle.copy(block, offset)
    offset = writeInteger(block, offset, Math.floor(random() * 10_000))
    return offset + end.copy(block, offset)
  })
}
