import type { LogicalNode, LogicalRead } from './logical.js'
import { dropUnreachable } from './rules/drop-unreachable.js'
import { dropWindowStart } from './rules/drop-window-start.js'
import { foldAllConstants } from './rules/fold-constants.js'
import { lowerWindows, type WindowFacts } from './rules/lower-windows.js'
import { mergeProjects } from './rules/merge-projects.js'
import { pullAsyncCalls } from './rules/pull-async-calls.js'
import { pruneColumns } from './rules/prune-columns.js'
import { pushConditions } from './rules/push-conditions.js'
import { pushFilters } from './rules/push-filters.js'
import { readFields } from './rules/read-fields.js'
import { splitDistinct } from './rules/split-distinct.js'
import { useKnownValues } from './rules/use-known-values.js'

/** What the rules need to know of the surroundings. */
export interface RewriteFacts extends WindowFacts {
  /** Whether the reader of a table applies conditions exactly, and may: what it drops moves no watermark. */
  filters(read: LogicalRead): boolean
  /** Whether the reader of a table gives single fields of ROW columns. */
  fields(read: LogicalRead): boolean
}

/** The same rows with less work. Each rule leaves a valid plan; the order is what makes them meet. */
export function rewrite(node: LogicalNode, facts: RewriteFacts): LogicalNode {
  let plan = lowerWindows(node, facts)
  plan = foldAllConstants(plan)
  plan = dropUnreachable(plan)
  plan = pushFilters(plan)
  plan = foldAllConstants(useKnownValues(plan))
  plan = dropWindowStart(mergeProjects(plan))
  plan = splitDistinct(mergeProjects(plan))
  plan = readFields(plan, facts.fields)
  plan = pushConditions(plan, facts.filters)
  plan = pruneColumns(plan)
  return mergeProjects(pullAsyncCalls(mergeProjects(plan)))
}
