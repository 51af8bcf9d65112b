import { type Connector, MillraceError } from '@millrace/core'
import type { ConnectorAddress } from './connector-address.js'

/**
 * Imports a connector's module, on the main thread or in a worker.
 *
 * @throws MillraceError CONNECTOR_INVALID
 */
export async function loadModuleConnector(address: Extract<ConnectorAddress, { kind: 'module' }>): Promise<Connector> {
  const module = await importModule(address)
  const connector = module[address.exportName]
  if (isConnector(connector)) return connector
  const specifier = address.name.replace(/#.*/, '')
  const others = Object.keys(module).filter((key) => isConnector(module[key])).map((key) => `'${specifier}#${key}'`)
  const hint = others.length > 0 ? `; connectors it exports: ${others.join(', ')}` : ''
  const wanted = `'${address.exportName}' (an object with a name and a reader or writer factory)`
  throw new MillraceError('CONNECTOR_INVALID', `${address.url} exports no connector ${wanted}${hint}`)
}

async function importModule(address: { readonly url: string }): Promise<Record<string, unknown>> {
  try {
    return (await import(address.url)) as Record<string, unknown>
  } catch (cause) {
    throw new MillraceError('CONNECTOR_INVALID', `${address.url} cannot be loaded: ${(cause as Error).message}`, {}, { cause })
  }
}

function isConnector(value: unknown): value is Connector {
  if (typeof value !== 'object' || value === null) return false
  const { name, reader, writer } = value as Partial<Connector>
  if (typeof name !== 'string' || (reader === undefined && writer === undefined)) return false
  return (reader === undefined || typeof reader.open === 'function') && (writer === undefined || typeof writer.open === 'function')
}
