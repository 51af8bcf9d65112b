import type { PhysicalNode, PhysicalPlan } from '../plan/physical.js'

/** Whether an option of a connector is not to be stored. */
export type IsSecret = (connector: string, option: string) => boolean

/** The plan without the values of secret options: what is stored and compared. */
export function withoutSecrets(plan: PhysicalPlan, isSecret: IsSecret): PhysicalPlan {
  return { ...plan, nodes: plan.nodes.map((node) => nodeWithoutSecrets(node, isSecret)) }
}

function nodeWithoutSecrets(node: PhysicalNode, isSecret: IsSecret): PhysicalNode {
  if (node.kind === 'scan') return { ...node, spec: { ...node.spec, table: tableWithoutSecrets(node.spec.table, isSecret) } }
  if (node.kind === 'sink') return { ...node, table: tableWithoutSecrets(node.table, isSecret) }
  return node
}

function tableWithoutSecrets<Table extends { readonly connector: string; readonly options: Readonly<Record<string, string>> }>(
  table: Table, isSecret: IsSecret,
): Table {
  return { ...table, options: Object.fromEntries(Object.entries(table.options).filter(([name]) => !isSecret(table.connector, name))) }
}
