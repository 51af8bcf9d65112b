import { MillraceError } from '../errors.js'
import type { PhysicalNode, PhysicalPlan } from '../plan/physical.js'
import type { JobSnapshot } from '../pipeline-snapshot.js'
import { toPlainText } from './plain-text.js'

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

/**
 * The snapshot for a plan that is to go on from it: the one place that says whether it can. For now only the same plan can; what it
 * says to people, how many workers it has and how large its batches are may differ, and so may secrets.
 *
 * @throws MillraceError RESTORE_MISMATCH
 */
export function rebase(snapshot: JobSnapshot, plan: PhysicalPlan, isSecret: IsSecret): JobSnapshot {
  const stored = snapshot.plan.nodes
  const wanted = withoutSecrets(plan, isSecret).nodes
  const differing = wanted.findIndex((node, i) => stored[i] === undefined || essence(node) !== essence(stored[i]))
  if (differing < 0 && stored.length === wanted.length && snapshot.plan.settings.timeZone === plan.settings.timeZone) {
    return { ...snapshot, plan: { ...plan, workerCount: snapshot.plan.workerCount } }
  }
  const node = wanted[differing]
  const where = node === undefined ? 'its plan' : `${node.kind} ${tableNameOf(node)}`.trim()
  const advice = 'go on with the text that took it, or begin anew in another directory'
  throw new MillraceError('RESTORE_MISMATCH', `the checkpoint was taken of another query: ${where} differs; ${advice}`)
}

function tableNameOf(node: PhysicalNode): string {
  return node.kind === 'scan' ? node.spec.table.name : node.kind === 'sink' ? node.table.name : String(node.id)
}

/** What of a node has to be the same. */
function essence(node: PhysicalNode): string {
  const { distribution: _why, ...rest } = node
  const kept: Record<string, unknown> = { ...rest }
  delete kept['summary']
  if (node.kind === 'scan') kept['spec'] = { ...node.spec, batchRows: 0 }
  return toPlainText(kept)
}
