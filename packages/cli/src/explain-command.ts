import { createRuntime } from '@millrace/runtime'
import { EXIT } from './exit-code.js'
import { sqlInput } from './sql-input.js'
import type { InputOptions } from './sql-input.js'

export interface ExplainCommandOptions extends InputOptions {
  readonly format: 'text' | 'json' | 'dot' | 'mermaid'
}

export async function explainCommand(file: string | undefined, options: ExplainCommandOptions): Promise<number> {
  const input = sqlInput(file, options)
  const script = await createRuntime({ workers: input.options.workers ?? 'auto' }).compile(input.sql, input.options)
  for (const output of script.outputs) process.stdout.write(`${output.text}\n`)
  for (const job of script.jobs) process.stdout.write(`${job.explain(options.format)}\n`)
  return EXIT.done
}
