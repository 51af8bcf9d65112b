import type { TableDefinition } from '@millrace/core'

/** A table of that cluster, with the options that matter to a test. */
export function tableOf({ bootstrapServers }: { bootstrapServers: string }, options: Readonly<Record<string, string>>): TableDefinition {
  const all = { 'properties.bootstrap.servers': bootstrapServers, ...options }
  return { name: 't', connector: 'kafka', options: all, columns: [], primaryKey: [], partitionedBy: [], baseDirectory: '/' }
}
