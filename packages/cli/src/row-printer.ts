import { ROW_KIND_TEXT, batchToRows, isNumeric, valueToJsonText, valueToText } from '@millrace/core'
import type { Batch, Field } from '@millrace/core'
import type { ResultSink, SelectInfo } from '@millrace/runtime'
import type { Output } from './output.js'
import { TableText } from './table-text.js'
import type { TableColumn } from './table-text.js'

export type OutputFormat = 'table' | 'ndjson' | 'csv'

/** Rows of a table that are drawn at once. */
const TABLE_ROWS = 1_000
/** Milliseconds that fewer rows wait for more, so that a slow stream is seen as it comes. */
const TABLE_WAIT_MS = 200

/** Prints the rows of bare SELECTs; rows of a changelog begin with their kind in a column `op`. */
export function rowPrinter(format: OutputFormat, output: Output): ResultSink {
  switch (format) {
    case 'ndjson': return { rows: (batch, select) => output.write(lines(batch, select, jsonLine)) }
    case 'csv': return {
      begin: (select) => output.write(`${names(select).map(csvCell).join(',')}\n`),
      rows: (batch, select) => output.write(lines(batch, select, csvLine)),
    }
    case 'table': return tablePrinter(output)
  }
}

/** One row as texts or JSON texts, kind first where there is one. */
type Line = (kind: string | null, values: ReturnType<typeof batchToRows>[number], schema: readonly Field[]) => string

function lines(batch: Batch, { schema, changelog }: SelectInfo, line: Line): string {
  let text = ''
  for (const [i, values] of batchToRows(batch, schema).entries()) {
    text += line(changelog ? ROW_KIND_TEXT[batch.rowKinds?.[i] ?? 0]! : null, values, schema)
  }
  return text
}

const jsonLine: Line = (kind, values, schema) => {
  const fields = schema.map((field, i) => `${JSON.stringify(field.name)}:${valueToJsonText(values[i]!, field.type)}`)
  return `{${kind === null ? '' : `"op":"${kind}"${fields.length > 0 ? ',' : ''}`}${fields.join(',')}}\n`
}

const csvLine: Line = (kind, values, schema) => {
  const cells = values.map((value, i) => (value === null ? '' : csvCell(valueToText(value, schema[i]!.type))))
  return `${(kind === null ? cells : [kind, ...cells]).join(',')}\n`
}

/** Quotes what needs it; the empty string too, because a bare empty cell is NULL. */
function csvCell(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function names({ schema, changelog }: SelectInfo): string[] {
  const own = schema.map((field) => field.name)
  return changelog ? ['op', ...own] : own
}

/** Rows are drawn in pieces: a full one at once, the beginning of one when no more have come for a while. */
function tablePrinter(output: Output): ResultSink {
  let table = new TableText([])
  let rows: string[][] = []
  let timer: NodeJS.Timeout | undefined
  const flush = (): void | Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (rows.length === 0) return
    const text = table.rows(rows)
    rows = []
    return output.write(text)
  }
  return {
    begin({ schema, changelog }) {
      const columns = schema.map(({ name, type }): TableColumn => ({ name: printable(name), align: isNumeric(type) ? 'right' : 'left' }))
      table = new TableText(changelog ? [{ name: 'op', align: 'left' }, ...columns] : columns)
    },
    rows(batch, { schema, changelog }) {
      // What the timer has tried to write may have failed since.
      output.check()
      for (const [i, values] of batchToRows(batch, schema).entries()) {
        const cells = values.map((value, c) => (value === null ? 'NULL' : printable(valueToText(value, schema[c]!.type))))
        rows.push(changelog ? [ROW_KIND_TEXT[batch.rowKinds?.[i] ?? 0]!, ...cells] : cells)
      }
      if (rows.length >= TABLE_ROWS) return flush()
      timer ??= setTimeout(() => void Promise.resolve().then(flush).catch(() => {}), TABLE_WAIT_MS)
    },
    async end() {
      await flush()
      await output.write(table.end())
    },
  }
}

/** Control characters would break the table's lines, and the terminal. */
function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
