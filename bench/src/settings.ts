import { fileURLToPath } from 'node:url'

export interface BenchSettings {
  /** Folder for generated data, kept between runs. */
  readonly dataFolder: string
  readonly resultFolder: string
  /** Times that every contender runs. */
  readonly rounds: number
  /** Multiplies every row count: 0.001 for a smoke run. */
  readonly scale: number
  /** Queries of `nexmark` to run (`q0`); left out: all. */
  readonly queries?: readonly string[]
  /** Events of `nexmark`, whatever the scale. */
  readonly events?: number
}

const root = fileURLToPath(new URL('..', import.meta.url))

export const DEFAULT_SETTINGS: BenchSettings = { dataFolder: `${root}data`, resultFolder: `${root}results`, rounds: 3, scale: 1 }

/** A row count at the scale asked for, at least 1,000. */
export function scaled(rows: number, settings: BenchSettings): number {
  return Math.max(1_000, Math.round(rows * settings.scale))
}
