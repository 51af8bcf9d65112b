import { MillraceError } from '@millrace/core'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolveModule } from '../resolve-module.js'

/** Where checkpoints are kept, resolved: for the main thread and for workers. */
export type StoreAddress =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'module'; readonly address: string; readonly url: string }
  | { readonly kind: 'process'; readonly id: string }

/**
 * A path or `file:` URL is a directory; `s3://…` is kept by the package `@millrace/s3`, or `millrace-checkpoints-s3`, found like a
 * connector.
 *
 * @param bases directories (absolute) from which packages are looked for
 * @param from what relative paths start at
 * @throws MillraceError OPTION_INVALID
 */
export function resolveStore(address: string, bases: readonly string[], from: string): StoreAddress {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(address)?.[1]?.toLowerCase()
  if (address === '') throw new MillraceError('OPTION_INVALID', 'the place for checkpoints is empty: give a directory')
  if (scheme === 'file') return { kind: 'directory', path: fileURLToPath(address) }
  if (scheme === undefined) return { kind: 'directory', path: isAbsolute(address) ? address : resolve(from, address) }
  const candidates = [`@millrace/${scheme}`, `millrace-checkpoints-${scheme}`]
  for (const candidate of candidates) {
    const path = resolveModule(candidate, bases)
    if (path !== null) return { kind: 'module', address, url: pathToFileURL(path).href }
  }
  const looked = candidates.map((name) => `'${name}'`).join(', ')
  throw new MillraceError('OPTION_INVALID', `nothing keeps checkpoints at ${scheme}: addresses: give a directory, or install one of ${looked}`)
}
