import { type JobSnapshot, MillraceError, type PhysicalPlan, type ScanNode, type ScanSplits, splitsLeft, type Split, type SplitsLeft } from '@millrace/core'
import type { ConnectorLoader } from '../connectors/connector-loader.js'
import type { Assignment } from './subscriptions.js'

/** What a job reads, by scan. */
export interface JobSplits {
  /** In the order that defines the ordinals of rows. */
  readonly all: ReadonlyMap<number, readonly Split[]>
  /** Where the job goes on: what is left of them. */
  readonly left: ReadonlyMap<number, SplitsLeft>
  /** Of all splits that are there now, in whatever unit each source has. */
  readonly weight: number
  readonly listed: readonly ScanSplits[]
}

/**
 * The splits of every scan of a plan: as the sources list them, or as they were when the job began to read it. Of scans whose splits come
 * and go, those that the job has now.
 *
 * @param restored has those assigned already: see `reassigned`
 * @throws MillraceError CONNECTOR_DIRECTION and what connectors throw
 */
export async function splitsOf(plan: PhysicalPlan, connectors: ConnectorLoader, restored: JobSnapshot | null, assigned: Assignment = new Map()): Promise<JobSplits> {
  const scans = plan.nodes.filter((node): node is ScanNode => node.kind === 'scan')
  const known = restored?.splits ?? []
  const isKnown = ({ id }: ScanNode): boolean => known.some(({ nodeId }) => nodeId === id)
  const fresh = scans.filter((scan) => !isKnown(scan))
  const listed: ScanSplits[] = [
    ...known,
    ...fresh.filter(({ id }) => assigned.has(id)).map(({ id }) => ({ nodeId: id, splits: assigned.get(id)! })),
    ...await listSplits(fresh.filter(({ id }) => !assigned.has(id)), plan.workerCount, connectors),
  ]
  return {
    all: new Map(listed.map(({ nodeId, splits }) => [nodeId, splits])),
    left: new Map(restored === null ? [] : scans.filter(isKnown).map(({ id }) => [id, splitsLeft(restored, id, plan.workerCount)])),
    weight: listed.flatMap(({ splits, absent = [] }) => splits.filter(({ id }) => !absent.includes(id))).reduce((sum, split) => sum + split.weight, 0),
    listed,
  }
}

async function listSplits(scans: readonly ScanNode[], workerCount: number, connectors: ConnectorLoader): Promise<ScanSplits[]> {
  const lists: ScanSplits[] = []
  for (const { id, spec: { table } } of scans) {
    const { reader } = connectors.get(table.connector)
    if (reader === undefined) throw new MillraceError('CONNECTOR_DIRECTION', `table ${table.name}: connector '${table.connector}' cannot be read`)
    lists.push({ nodeId: id, splits: await reader.listSplits(table, { workerCount }) })
  }
  return lists
}
