import { textWidth } from './text-width.js'

export interface TableColumn {
  readonly name: string
  readonly align: 'left' | 'right'
}

/**
 * Draws a table piece by piece, for rows that keep coming. Columns are as wide as what has been seen; where a later
 * piece needs more, a rule with the new widths starts it.
 */
export class TableText {
  readonly #columns: readonly TableColumn[]
  #widths: readonly number[] | null = null

  constructor(columns: readonly TableColumn[]) {
    this.#columns = columns
  }

  /** These rows, under the head if they are the first. Cells hold no line breaks. */
  rows(rows: readonly (readonly string[])[]): string {
    const before = this.#widths ?? this.#columns.map((column) => textWidth(column.name))
    const widths = [...before]
    const cellWidths = rows.map((row) => row.map(textWidth))
    for (const row of cellWidths) for (let i = 0; i < widths.length; i++) if (row[i]! > widths[i]!) widths[i] = row[i]!
    const rule = this.#widths === null ? this.#head(widths) : widths.some((width, i) => width > before[i]!) ? line(widths, '├┼┤') : ''
    this.#widths = widths
    return rule + rows.map((row, r) => this.#row(row, cellWidths[r]!, widths)).join('')
  }

  /** The last rule, with the head before it if there were no rows. */
  end(): string {
    const head = this.#widths === null ? this.rows([]) : ''
    return head + line(this.#widths!, '└┴┘')
  }

  #head(widths: readonly number[]): string {
    const names = this.#columns.map((column) => column.name)
    return line(widths, '┌┬┐') + this.#row(names, names.map(textWidth), widths) + line(widths, '├┼┤')
  }

  #row(cells: readonly string[], cellWidths: readonly number[], widths: readonly number[]): string {
    let text = '│'
    for (const [i, cell] of cells.entries()) {
      const space = ' '.repeat(widths[i]! - cellWidths[i]!)
      text += this.#columns[i]!.align === 'right' ? ` ${space}${cell} │` : ` ${cell}${space} │`
    }
    return `${text}\n`
  }
}

/** @param corners left, middle and right */
function line(widths: readonly number[], corners: string): string {
  return `${corners[0]}${widths.map((width) => '─'.repeat(width + 2)).join(corners[1])}${corners[2]}\n`
}
