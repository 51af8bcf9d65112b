import { MillraceError } from '../errors.js'
import type { Descriptions } from './descriptions.js'
import { readsOf, type LogicalNode } from './logical.js'
import type { Strategy } from './physical.js'

export interface Execution {
  readonly strategy: Strategy
  readonly workerCount: number
}

/**
 * How a job is executed where that is left to the planner: a pipeline on every core where some source can be shared out,
 * else one that reads for all the others; nothing to read needs one thread only.
 */
export function chooseExecution(
  asked: Strategy | 'auto', workerCount: number, plans: readonly LogicalNode[], descriptions: Descriptions,
): Execution {
  if (asked === 'single') return { strategy: 'single', workerCount: 1 }
  const sources = plans.flatMap(readsOf).map((read) => descriptions.source(read.table))
  const isSubscribed = sources.some(({ subscribed }) => subscribed === true)
  if (asked === 'coordinator' && isSubscribed) {
    throw new MillraceError('OPTION_INVALID', `strategy 'coordinator' cannot read a table whose splits come and go: use 'pipelines' or 'auto'`)
  }
  if (asked !== 'auto') return { strategy: asked, workerCount }
  if (sources.length === 0) return { strategy: 'single', workerCount: 1 }
  if (workerCount === 1 || isSubscribed || sources.some((source) => source.splits !== 1)) return { strategy: 'pipelines', workerCount }
  return { strategy: sources.every((source) => source.bounded) ? 'coordinator' : 'pipelines', workerCount }
}
