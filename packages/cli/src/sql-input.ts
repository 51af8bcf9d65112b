import { MillraceError, nearestName } from '@millrace/core'
import type { RunOptions } from '@millrace/runtime'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { usageError } from './usage-error.js'

/** Options shared by run, explain and check, as commander gives them. */
export interface InputOptions {
  readonly execute?: string
  readonly confine?: string
  readonly modules?: string
  readonly workers: string
  readonly strategy: 'auto' | 'pipelines' | 'coordinator' | 'single'
  readonly set: Readonly<Record<string, string>>
  readonly param: Readonly<Record<string, string>>
}

export interface SqlInput {
  readonly sql: string
  readonly options: RunOptions
}

/**
 * Reads the SQL and turns the command line into options of the runtime.
 *
 * @throws MillraceError USAGE, SOURCE_MISSING, OPTION_INVALID
 */
export function sqlInput(file: string | undefined, options: InputOptions): SqlInput {
  if ((file === undefined) === (options.execute === undefined)) {
    throw usageError(file === undefined ? 'give a SQL file, or SQL by -e' : 'give a SQL file or SQL by -e, not both')
  }
  const sql = options.execute ?? readSql(file!)
  checkParameters(sql, options.param)
  const workers = options.workers === 'auto' ? 'auto' : Number(options.workers)
  return {
    sql,
    options: {
      workers,
      strategy: options.strategy,
      set: options.set,
      params: options.param,
      fileName: file ?? '-e',
      baseDirectory: file === undefined ? process.cwd() : resolve(file, '..'),
      ...(options.confine === undefined ? {} : { confineTo: options.confine }),
      ...(options.modules === undefined ? {} : { modulesFrom: options.modules }),
      // The connectors that come with the command are dependencies of this package.
      resolveFrom: [import.meta.url],
    },
  }
}

function readSql(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'it is a directory; give a SQL file' : message
    throw new MillraceError('SOURCE_MISSING', `cannot read ${file}: ${reason}`, {}, { cause: error })
  }
}

/** A misspelt name would leave a default of the text in place without a word. */
function checkParameters(sql: string, given: Readonly<Record<string, string>>): void {
  const names = new Set([...sql.matchAll(/\$\{(\w+)/g)].map((match) => match[1]!))
  for (const name of Object.keys(given)) {
    if (names.has(name)) continue
    const near = nearestName(name, names)
    const instead = near !== undefined ? `did you mean ${near}?` : names.size > 0 ? `it has ${[...names].join(', ')}` : 'it has none'
    throw usageError(`--param ${name}: the SQL has no \${${name}}; ${instead}`)
  }
}
