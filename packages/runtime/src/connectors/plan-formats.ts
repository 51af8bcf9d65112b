import { installFormat, type PhysicalPlan, type TableDefinition } from '@millrace/core'
import { loadFormat } from './load-format.js'

/** The tables that a plan reads and writes. */
export function tablesOf(plan: PhysicalPlan): TableDefinition[] {
  return plan.nodes.flatMap((node) => (node.kind === 'scan' ? [node.spec.table] : node.kind === 'sink' ? [node.table] : []))
}

/** Makes the formats of packages that the tables of a plan name known to this thread. @throws MillraceError CONNECTOR_INVALID */
export async function loadFormats(plan: PhysicalPlan): Promise<void> {
  const addresses = new Set(tablesOf(plan).flatMap(({ formats }) => Object.values(formats ?? {})))
  for (const address of addresses) installFormat(address, await loadFormat(address))
}
