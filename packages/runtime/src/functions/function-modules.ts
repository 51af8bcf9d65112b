import { MillraceError } from '@millrace/core'
import type { FunctionModule } from '@millrace/core/compile'
import { pathToFileURL } from 'node:url'
import { resolveModule } from '../resolve-module.js'
import { checkTrusted, type ModuleTrust } from '../trusted-module.js'

/**
 * Finds and imports a module of user functions, on the main thread: a path relative to the SQL file, an absolute one, or a
 * package. Workers then import the same file by its URL.
 *
 * @param bases as those of connectors: relative paths start from the first alone
 * @throws MillraceError SQL_FUNCTION_MODULE, MODULE_REFUSED
 */
export async function findFunctionModule(specifier: string, bases: readonly string[], trust: ModuleTrust = null): Promise<FunctionModule> {
  const known = ELSEWHERE.get(specifier)
  const wanted = known ?? specifier
  // Whether a file is there is nothing that confined SQL is to learn.
  if (known === undefined && trust?.modulesFrom === null) checkTrusted(specifier, '', trust)
  const path = resolveModule(wanted, /^\.\.?[/\\]/.test(wanted) ? bases.slice(0, 1) : bases)
  if (path === null) throw new MillraceError('SQL_FUNCTION_MODULE', `no module '${specifier}'; ${adviceFor(specifier, bases)}`)
  if (known === undefined) checkTrusted(specifier, path, trust)
  const url = pathToFileURL(path).href
  return { url, exports: await importFunctions(url) }
}

/** Classes that published SQL names (Nexmark's q14), and the modules whose default export does the same here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([['com.github.nexmark.flink.udf.CountChar', '@millrace/datagen/count-char']])

function adviceFor(specifier: string, bases: readonly string[]): string {
  if (/^\.\.?[/\\]/.test(specifier)) return `relative paths start at ${bases[0]}`
  if (/^[a-z_]\w*(\.\w+)+$/i.test(specifier) && !/\.[cm]?[jt]s$/.test(specifier)) {
    return "functions are written in JavaScript here: AS './module.js#export'"
  }
  const near = /\.[cm]?[jt]s$/.test(specifier) ? `; a file beside the SQL is './${specifier}'` : ''
  return `looked for a package in ${bases.join(', ')}${near}`
}

/**
 * Imports a module by its URL, in any thread. What it does while it loads happens once in each.
 *
 * @throws MillraceError SQL_FUNCTION_MODULE
 */
export async function importFunctions(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url)) as Record<string, unknown>
  } catch (cause) {
    const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
    throw new MillraceError('SQL_FUNCTION_MODULE', `${url} cannot be loaded: ${what}`, {}, { cause })
  }
}
