import type { OptionTable } from '../../connector.js'
import { MillraceError } from '../../errors.js'
import type { FormatOptions } from '../format.js'

export const CSV_OPTIONS: OptionTable = {
  'csv.delimiter': { type: 'string', default: ',', doc: 'The one character between fields; `\\t` or `tab` is the tabulator.' },
  'csv.header': {
    type: 'boolean', default: 'false',
    doc: 'The first record of a file names the columns: skipped when read, written when written. Columns are taken by position.',
  },
  'csv.null': {
    type: 'string', default: '',
    doc: 'The unquoted text that means NULL. An empty field of a column that is no string always does.',
  },
  'csv.quote': {
    type: 'string', values: ['"', 'none'], default: '"',
    doc: '`none`: quotes are ordinary characters. Saves looking for them before a large file is split.',
  },
}

export interface CsvOptions {
  readonly delimiter: number
  readonly header: boolean
  readonly nullText: string
  /** 34, or −1 for none. */
  readonly quote: number
}

/** @throws MillraceError OPTION_INVALID */
export function csvOptionsOf(options: FormatOptions): CsvOptions {
  const header = (options['csv.header'] ?? 'false').toLowerCase()
  if (header !== 'true' && header !== 'false') throw invalid(`'csv.header' = '${header}': true or false`)
  const quote = options['csv.quote'] ?? '"'
  if (quote !== '"' && quote !== 'none') throw invalid(`'csv.quote' = '${quote}': \`"\` or \`none\``)
  const nullText = options['csv.null'] ?? ''
  const delimiter = delimiterOf(options['csv.delimiter'] ?? ',')
  if (/["\r\n]/.test(nullText) || nullText.includes(String.fromCharCode(delimiter))) {
    throw invalid('\'csv.null\' must not contain the delimiter, quotes or line ends: as a field of its own it could not be told apart')
  }
  return { delimiter, header: header === 'true', nullText, quote: quote === 'none' ? -1 : 34 }
}

function delimiterOf(text: string): number {
  const character = text === '\\t' || text.toLowerCase() === 'tab' ? '\t' : text
  if (character.length !== 1 || !/^[\t !#$%&'()*,/:;<=>?@[\\\]^_`{|}~]$/.test(character)) {
    throw invalid(`'csv.delimiter' = '${text}': one ASCII character that is no letter, digit, quote, sign or dot, such as , ; | or \\t`)
  }
  return character.charCodeAt(0)
}

function invalid(message: string): MillraceError {
  return new MillraceError('OPTION_INVALID', message)
}
