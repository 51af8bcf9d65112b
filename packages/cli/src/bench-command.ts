import { EXIT } from './exit-code.js'
import { usageError } from './usage-error.js'

/** What `@millrace/bench` exports; it is part of the repository and not of the published command. */
interface BenchModule {
  runBench(names: readonly string[], settings: BenchOptions): Promise<void>
}

interface BenchOptions {
  readonly rounds?: number
  readonly scale?: number
  readonly queries?: readonly string[]
  readonly events?: number
}

export async function benchCommand(names: readonly string[], settings: BenchOptions): Promise<number> {
  const { runBench } = await loadBench()
  await runBench(names, settings)
  return EXIT.done
}

async function loadBench(): Promise<BenchModule> {
  const entry = new URL('../../../bench/dist/index.js', import.meta.url)
  try {
    return await import(entry.href) as BenchModule
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    const how = 'clone it, run `npm test` once (which builds them), then `npx millrace bench`'
    throw usageError(`the benchmarks are part of the repository: ${how}`)
  }
}
