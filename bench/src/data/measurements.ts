import { dataFile, writeInteger } from './data-file.js'
import { seeded } from './seeded.js'

const STATIONS = 413

/** The 1BRC file: `station;12.3`, 413 stations, temperatures −99.9 … 99.9 with one digit. */
export function measurementsFile(path: string, rows: number): number {
  const random = seeded(1)
  const names = Array.from({ length: STATIONS }, (_, i) => Buffer.from(`${stationName(i)};`))
  const means = Array.from({ length: STATIONS }, () => -10 + random() * 40)
  return dataFile(path, rows, (block, offset) => {
    const station = Math.floor(random() * STATIONS)
    offset += names[station]!.copy(block, offset)
    // The sum of three uniforms is close enough to the normal distribution of the original.
    const tenths = Math.round((means[station]! + (random() + random() + random() - 1.5) * 20) * 10)
    if (tenths < 0) block[offset++] = 45
    const magnitude = Math.abs(tenths)
    offset = writeInteger(block, offset, Math.floor(magnitude / 10))
    block[offset++] = 46
    block[offset++] = 48 + (magnitude % 10)
    block[offset++] = 10
    return offset
  })
}

const SYLLABLES = ['an', 'bel', 'cor', 'da', 'el', 'fór', 'gra', 'hu', 'is', 'ján', 'kö', 'lis', 'mo', 'ny', 'os', 'pra', 'qui', 'ro', 'sta', 'tün']

function stationName(index: number): string {
  const random = seeded(1_000 + index)
  const parts = 2 + Math.floor(random() * 3)
  let name = ''
  for (let i = 0; i < parts; i++) name += SYLLABLES[Math.floor(random() * SYLLABLES.length)]
  return name.charAt(0).toUpperCase() + name.slice(1) + (index % 7 === 0 ? ' City' : '') + String(index)
}
