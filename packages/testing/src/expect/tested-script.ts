import type { Connector } from '@millrace/core'
import { builtInFormat, formatOf, MillraceError } from '@millrace/core'
import type { CompiledJob } from '@millrace/core/compile'
import { compileScript, locateError, parseScript, substituteParameters } from '@millrace/core/compile'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SimulationOptions } from '../simulate.js'

type FunctionModules = NonNullable<SimulationOptions['functions']>

/** A text to test, and where it stands. */
export interface ScriptText {
  readonly sql: string
  readonly fileName: string
  readonly baseDirectory: string
  readonly params: Readonly<Record<string, string>>
  readonly set: Readonly<Record<string, string>>
}

/** A table as the text declares it. */
export interface DeclaredTable {
  readonly name: string
  readonly connector: string
  readonly options: Readonly<Record<string, string>>
}

/** Tables of a text, those of CREATE TABLE … AS too. @throws MillraceError as `compileScript` does */
export function declaredTables({ sql, params, fileName }: ScriptText): DeclaredTable[] {
  let text = sql
  try {
    text = substituteParameters(sql, params)
    return parseScript(text).statements.flatMap((statement) => {
      if (statement.kind !== 'create table' && statement.kind !== 'create table as') return []
      const options = Object.fromEntries(statement.options.map(({ key, value }) => [key.toLowerCase(), value]))
      const { connector, ...rest } = options
      return connector === undefined ? [] : [{ name: statement.name.text, connector, options: rest }]
    })
  } catch (error) {
    throw error instanceof MillraceError ? locateError(error, text, fileName) : error
  }
}

export interface TestedJob {
  readonly job: CompiledJob
  readonly functions: FunctionModules
}

/**
 * The one job of a text, planned so that it runs on any number of workers.
 *
 * @param functions modules that are not to be imported, by what stands in `AS '…'`
 * @throws MillraceError USAGE where the text has no job or several
 */
export async function compileTested(
  script: ScriptText, connectors: ReadonlyMap<string, Connector>, functions: FunctionModules, settings: { compile: boolean; seed: number },
): Promise<TestedJob> {
  const modules: Record<string, Readonly<Record<string, unknown>>> = { ...functions }
  const { jobs } = await compileScript(script.sql, {
    connector: async (name) => connectors.get(name) ?? noConnector(name, connectors),
    // Nothing is encoded or decoded here, so that formats of packages need not be there.
    format: async (name) => ({ format: builtInFormat(name) ?? formatOf('json'), address: null }),
    functionModule: async (specifier) => {
      modules[specifier] = Object.hasOwn(functions, specifier) ? functions[specifier]! : await importModule(specifier, script.baseDirectory)
      return { url: specifier, exports: modules[specifier] }
    },
    // Several, so that rows move between workers wherever the query needs it.
    workerCount: 2,
    strategy: 'pipelines',
    settings: { timeZone: 'UTC', ...settings },
    baseDirectory: script.baseDirectory,
    fileName: script.fileName,
    params: script.params,
    set: script.set,
  })
  if (jobs.length === 1) return { job: jobs[0]!, functions: modules }
  throw new MillraceError('USAGE', jobs.length === 0
    ? 'there is nothing to test: the text has neither a SELECT nor an INSERT'
    : `the text has ${jobs.length} jobs (its INSERTs are one, every SELECT is one); test them one at a time`)
}

async function importModule(specifier: string, baseDirectory: string): Promise<Readonly<Record<string, unknown>>> {
  const url = urlOf(specifier, baseDirectory)
  if (url === null) {
    const advice = `relative paths start at ${baseDirectory}; { functions: { '${specifier}': { … } } } gives it to the test`
    throw new MillraceError('SQL_FUNCTION_MODULE', `no module '${specifier}'; ${advice}`)
  }
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (cause) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new MillraceError('SQL_FUNCTION_MODULE', `${url} cannot be loaded: ${what}`, {}, { cause })
  }
}

function urlOf(specifier: string, baseDirectory: string): string | null {
  if (specifier.startsWith('file:')) return specifier
  if (/^\.\.?[/\\]/.test(specifier) || isAbsolute(specifier)) {
    const path = resolve(baseDirectory, specifier)
    return existsSync(path) ? pathToFileURL(path).href : null
  }
  try {
    return pathToFileURL(createRequire(join(baseDirectory, 'from.js')).resolve(specifier)).href
  } catch {
    return null
  }
}

function noConnector(name: string, connectors: ReadonlyMap<string, Connector>): never {
  throw new MillraceError('CONNECTOR_UNKNOWN', `the test has no connector '${name}'`, { alternatives: [...connectors.keys()] })
}
