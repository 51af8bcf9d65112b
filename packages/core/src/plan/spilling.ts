import type { PhysicalNode } from './physical.js'

/**
 * True if what an operator keeps can leave memory under `state.memory-limit`: the groups of an aggregate. Those without keys are one
 * group, partial ones send their states on, and slices of windows are read together at any time.
 */
export function canSpill(node: PhysicalNode): boolean {
  return node.kind === 'aggregate' && node.phase !== 'partial' && node.keys.length > 0 && node.slices === undefined
}
