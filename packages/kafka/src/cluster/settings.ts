import { MillraceError, OptionValues, type TableDefinition } from '@millrace/core'
import { createHash } from 'node:crypto'
import { CONNECTION_OPTIONS } from '../options.js'
import type { BrokerAddress, ConnectionSettings, DriverName } from '../drivers/connection.js'
import { saslSettingsOf, tlsSettingsOf } from './security.js'

/** How to reach a cluster. Holds secrets: it is never printed, logged or sent to another thread. */
export interface ClusterSettings {
  /** What the cluster is called in messages and in `positionsIn`: `kafka://host:9092`, the same in whatever order brokers are named. */
  readonly name: string
  /** Equal for equal settings, and gives nothing away: for `context.shared`. */
  readonly key: string
  readonly driver: DriverName
  readonly bootstrap: readonly BrokerAddress[]
  readonly connection: ConnectionSettings
  readonly retryTimeoutMs: number
}

/** @throws MillraceError OPTION_INVALID, OPTION_MISSING, SOURCE_UNREADABLE, PATH_OUTSIDE */
export function clusterSettingsOf(table: TableDefinition): ClusterSettings {
  const values = new OptionValues(table.options, CONNECTION_OPTIONS)
  const bootstrap = bootstrapOf(values.text('properties.bootstrap.servers'))
  const protocol = values.text('properties.security.protocol').toUpperCase()
  const settings = {
    name: `kafka://${bootstrap.map(({ host, port }) => `${host}:${port}`).sort().join(',')}`,
    driver: values.text('driver').toLowerCase() as DriverName,
    bootstrap,
    connection: {
      clientId: values.text('properties.client.id'),
      connectTimeoutMs: values.durationMs('properties.socket.connection.setup.timeout.ms'),
      requestTimeoutMs: values.durationMs('properties.request.timeout.ms'),
      tls: tlsSettingsOf(table, values, protocol.endsWith('SSL')),
      sasl: saslSettingsOf(table, values, protocol.startsWith('SASL')),
    },
    retryTimeoutMs: values.durationMs('properties.retry.timeout.ms'),
  }
  return { ...settings, key: createHash('sha256').update(JSON.stringify(settings)).digest('base64url') }
}

/** `host:port,host:port`; an IPv6 address in brackets. */
export function bootstrapOf(text: string): BrokerAddress[] {
  const addresses = text.split(',').map((part) => part.trim()).filter((part) => part !== '').map((part) => {
    const match = /^(?:[A-Za-z_]+:\/\/)?(?:\[([0-9a-fA-F:.%]+)\]|([^:\s[\]/]+)):(\d{1,5})$/.exec(part)
    const port = Number(match?.[3])
    if (match === null || port < 1 || port > 65_535) {
      throw new MillraceError('OPTION_INVALID', `'properties.bootstrap.servers': \`${part}\` is no address of a broker such as \`localhost:9092\``)
    }
    return { host: match[1] ?? match[2]!, port }
  })
  if (addresses.length === 0) throw new MillraceError('OPTION_INVALID', `'properties.bootstrap.servers' names no broker; such as \`localhost:9092\``)
  return addresses
}
