import { ROW_KIND_TEXT, batchToRows, valueToText } from '@millrace/core'
import { createRuntime } from '@millrace/runtime'
import { join } from 'node:path'
import { ROOT } from './markdown.js'

/** Runs a text and gives the rows of its last SELECT as `--output csv` prints them. */
export async function lastResult(sql: string, baseDirectory: string): Promise<string> {
  const runtime = createRuntime({ workers: 2 })
  let lines: string[] = []
  const job = await runtime.run(sql, {
    baseDirectory,
    resolveFrom: [join(ROOT, 'packages/cli')],
    results: {
      begin: ({ schema, changelog }) => {
        lines = [[...(changelog ? ['op'] : []), ...schema.map((field) => field.name)].join(',')]
      },
      rows: (batch, { schema, changelog }) => {
        for (const [i, values] of batchToRows(batch, schema).entries()) {
          const cells = values.map((value, c) => (value === null ? '' : cell(valueToText(value, schema[c]!.type))))
          lines.push([...(changelog ? [ROW_KIND_TEXT[batch.rowKinds?.[i] ?? 0]!] : []), ...cells].join(','))
        }
      },
    },
  })
  await job.done
  await runtime.close()
  return `${lines.join('\n')}\n`
}

function cell(text: string): string {
  return text === '' || /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Equal line by line, or where no order was asked for, as sets of lines. */
export function sameRows(given: string, expected: string, ordered: boolean): boolean {
  const arranged = (text: string): string => (ordered ? text : text.split('\n').sort().join('\n'))
  return arranged(given) === arranged(expected)
}
