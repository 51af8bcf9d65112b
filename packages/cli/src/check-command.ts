import { createRuntime } from '@millrace/runtime'
import { EXIT } from './exit-code.js'
import { sqlInput } from './sql-input.js'
import type { InputOptions } from './sql-input.js'

export async function checkCommand(file: string | undefined, options: InputOptions): Promise<number> {
  const input = sqlInput(file, options)
  const { jobs } = await createRuntime({ workers: input.options.workers ?? 'auto' }).compile(input.sql, input.options)
  process.stderr.write(`${input.options.fileName}: ${jobs.length === 1 ? '1 job' : `${jobs.length} jobs`}, no errors\n`)
  return EXIT.done
}
