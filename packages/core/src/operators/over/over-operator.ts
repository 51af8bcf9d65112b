import { unreachable } from '../../errors.js'
import type { OverNode } from '../../plan/physical-over.js'
import type { Schema } from '../../types/data-type.js'
import type { Operator, OperatorContext } from '../operator.js'
import type { OperatorState } from '../state.js'
import { ChangingOver } from './changing-over.js'
import { ContinuousOver } from './continuous-over.js'
import { FinalOver } from './final-over.js'

/** OVER, each mode in its own way: see `OverMode`. */
export function makeOverOperator(node: OverNode, inputSchema: Schema, context: OperatorContext): Operator & { readonly state: OperatorState } {
  switch (node.mode) {
    case 'final': return new FinalOver(node, inputSchema, context)
    case 'rowtime': case 'proctime': return new ContinuousOver(node, inputSchema, context)
    case 'changes': return new ChangingOver(node, inputSchema, context)
    default: return unreachable(node.mode)
  }
}

