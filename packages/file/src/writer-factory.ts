import type { SinkDescription, SinkSpec, TableDefinition, Writer, WriterContext, WriterFactory } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import { statSync } from 'node:fs'
import { commitFiles, removeFiles } from './commit.js'
import { WRITE_OPTIONS, writeOptionsOf } from './options.js'
import { recoverParts, recoverSingle } from './recover.js'
import { FileWriter } from './writer.js'

/**
 * Writes files that appear whole or not at all. A directory keeps what is in it: a job adds part files of its own name.
 * A single file is replaced when the job's first epoch is committed; later epochs are added to it.
 */
export const fileWriterFactory: WriterFactory = {
  options: WRITE_OPTIONS,

  async describe(table: TableDefinition): Promise<SinkDescription> {
    const { format, path, single, gzip } = writeOptionsOf(table)
    const found = kindOf(path)
    if (single && found === 'directory') {
      throw new MillraceError('SINK_EXISTS',
        `table \`${table.name}\`: ${path} is a directory; leave 'single-file' out to write part files into it`)
    }
    if (!single && found === 'file') {
      throw new MillraceError('SINK_EXISTS',
        `table \`${table.name}\`: ${path} is a file; name a directory, or replace the file with 'single-file' = 'true'`)
    }
    return {
      accepts: format.writesKinds === true ? 'retract' : 'append',
      guarantee: 'exactly-once',
      single,
      summary: `${format.extension}${gzip ? ' gzip' : ''}, ${single ? 'one file' : 'part files'}`,
    }
  },

  async open(sink: SinkSpec, context: WriterContext): Promise<Writer> {
    return new FileWriter(sink, context)
  },

  async commit(table, prepared) {
    await commitFiles(prepared, table)
  },

  async recover(table, jobId, epoch) {
    const { path, single } = writeOptionsOf(table)
    if (single) recoverSingle(path, jobId)
    else await recoverParts(path, table.partitionedBy, jobId, epoch)
  },

  async abort(table, prepared) {
    removeFiles(prepared, table)
  },
}

function kindOf(path: string): 'file' | 'directory' | null {
  try {
    return statSync(path).isDirectory() ? 'directory' : 'file'
  } catch {
    return null
  }
}
