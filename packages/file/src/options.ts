import type { OptionTable, RecordFormat, TableDefinition } from '@millrace/core'
import { FORMAT_OPTIONS, MillraceError, OptionValues, formatOf } from '@millrace/core'
import { isAbsolute, resolve } from 'node:path'
import { confined } from './confined.js'
import { SPLIT_BYTES_DEFAULT } from './limits.js'

const SHARED_OPTIONS: OptionTable = {
  path: { type: 'string', required: true, path: true, doc: 'A file, a directory or (to read) a glob, from the directory of the SQL file on.' },
  format: { type: 'string', required: true, doc: 'How records are written: json (one object a line), csv, raw (lines of text) or debezium-json (changes, one a line).' },
  ...FORMAT_OPTIONS,
}

export const READ_OPTIONS: OptionTable = {
  ...SHARED_OPTIONS,
  compression: {
    type: 'string', values: ['auto', 'gzip', 'zstd', 'none'], default: 'auto', doc: '`auto` goes by the first bytes of each file.',
  },
  'split-bytes': { type: 'bytes', tuning: true, default: String(SPLIT_BYTES_DEFAULT), doc: 'Size of the parts that a file is read in.' },
  watch: { type: 'boolean', default: 'false', doc: 'To keep reading new lines and files; not supported yet.' },
  'scan.replay': { type: 'boolean', default: 'false', doc: 'One ordered split per file: see the options of every table.' },
}

export const WRITE_OPTIONS: OptionTable = {
  ...SHARED_OPTIONS,
  compression: {
    type: 'string', values: ['auto', 'gzip', 'zstd', 'none'], default: 'auto',
    doc: '`auto`: gzip if `path` ends in .gz. zstd can only be read.',
  },
  'single-file': { type: 'boolean', default: 'false', doc: '`path` is one file, replaced at commit, and not a directory of part files.' },
}

export type Compression = 'gzip' | 'zstd' | 'none'

export interface ReadOptions {
  readonly format: FileFormat
  /** Absolute, with `/` between names; may hold glob characters. */
  readonly path: string
  readonly compression: Compression | 'auto'
  readonly splitBytes: number
  readonly replay: boolean
}

/** @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED */
export function readOptionsOf(table: TableDefinition): ReadOptions {
  const values = new OptionValues(table.options, READ_OPTIONS)
  if (values.boolean('watch')) {
    throw new MillraceError('SQL_UNSUPPORTED',
      `table \`${table.name}\`: 'watch' = 'true' is not supported yet; read what is there now without it, or put a Kafka topic between`)
  }
  const format = formatOfFiles(table, values)
  const path = pathOf(table, values.text('path'))
  // What a glob finds is looked at file by file.
  confined(path.replace(/[^/]*[*?[\]{}()!+@].*$/s, '') || '/', table)
  const splitBytes = values.bytes('split-bytes')
  if (!(splitBytes >= 1)) throw new MillraceError('OPTION_INVALID', `'split-bytes' = '${values.text('split-bytes')}': at least 1`)
  return {
    format, splitBytes,
    path,
    compression: values.text('compression') as Compression | 'auto',
    replay: values.boolean('scan.replay'),
  }
}

export interface WriteOptions {
  readonly format: FileFormat
  readonly path: string
  readonly gzip: boolean
  readonly single: boolean
}

/** @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED */
export function writeOptionsOf(table: TableDefinition): WriteOptions {
  const values = new OptionValues(table.options, WRITE_OPTIONS)
  const format = formatOfFiles(table, values)
  const path = confined(pathOf(table, values.text('path')), table)
  const single = values.boolean('single-file')
  const compression = values.text('compression')
  if (compression === 'zstd') {
    throw new MillraceError('SQL_UNSUPPORTED', `table \`${table.name}\`: zstd is read but not written; use 'compression' = 'gzip'`)
  }
  if (single && table.partitionedBy.length > 0) {
    throw new MillraceError('OPTION_INVALID',
      `table \`${table.name}\`: PARTITIONED BY makes folders, and 'single-file' = 'true' leaves room for none`)
  }
  return { format, path, single, gzip: compression === 'gzip' || (compression === 'auto' && path.endsWith('.gz')) }
}

/** A format that knows where a record ends. */
export type FileFormat = RecordFormat & Required<Pick<RecordFormat, 'framing' | 'decoder'>>

function formatOfFiles(table: TableDefinition, values: OptionValues): FileFormat {
  const format = formatOf(values.text('format'), table)
  if (format.framing === undefined || format.decoder === undefined) {
    throw new MillraceError('SQL_UNSUPPORTED',
      `table \`${table.name}\`: records of \`${format.name}\` have no borders in a file; use json or csv there, and ${format.name} for messages of a topic`)
  }
  format.check(table)
  return format as FileFormat
}

function pathOf(table: TableDefinition, path: string): string {
  if (path.trim() === '') throw new MillraceError('OPTION_INVALID', `table \`${table.name}\`: 'path' is empty`)
  const absolute = isAbsolute(path) ? path : resolve(table.baseDirectory, path)
  return absolute.replaceAll('\\', '/')
}
