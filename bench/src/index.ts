import { checkpoints } from './checkpoints.js'
import { kafka } from './kafka.js'
import { nexmark } from './nexmark.js'
import { oneBrc } from './one-brc.js'
import { printTable, writeJson } from './report.js'
import type { BenchTable } from './report.js'
import { scaling } from './scaling.js'
import { DEFAULT_SETTINGS } from './settings.js'
import type { BenchSettings } from './settings.js'
import { soak } from './soak.js'
import { strategies } from './strategies.js'
import { trades } from './trades.js'

export type { BenchSettings, BenchTable }

/** The macro benches by name. */
export const BENCHES: Readonly<Record<string, (settings: BenchSettings) => Promise<BenchTable[]>>> = {
  strategies, trades, '1brc': oneBrc, scaling, nexmark, kafka, checkpoints, soak,
}

/** Runs one bench, or all; tables go to stdout, progress to stderr, JSON to `resultFolder`. */
export async function runBench(names: readonly string[], overrides: Partial<BenchSettings> = {}): Promise<void> {
  const settings = { ...DEFAULT_SETTINGS, ...overrides }
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
    const bench = BENCHES[name]
    if (bench === undefined) throw new Error(`no bench '${name}'; there are ${Object.keys(BENCHES).join(', ')}`)
    process.stderr.write(`bench ${name}\n`)
    const tables = await bench(settings)
    for (const table of tables) process.stdout.write(`${printTable(table)}\n`)
    process.stderr.write(`written to ${writeJson(settings.resultFolder, name, tables)}\n`)
    const failed = tables.flatMap((table) => table.failed ?? [])
    if (failed.length > 0) throw new Error(`bench ${name}: ${failed.join(', ')} failed`)
  }
}
