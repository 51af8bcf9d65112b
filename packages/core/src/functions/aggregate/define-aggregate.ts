import type { DataType } from '../../types/data-type.js'
import { typeName } from '../../types/data-type.js'
import type { Accumulating, AggregateOverload, ResolvedTypes } from '../function.js'
import { resolveSpec, signatureOf } from '../signature.js'
import type { SignatureSpec } from '../signature.js'

export interface AggregateSpec<A> extends SignatureSpec {
  readonly state: readonly DataType[] | ((types: ResolvedTypes) => readonly DataType[])
  readonly neverNull?: boolean
  readonly make: (types: ResolvedTypes) => Accumulating<A>
}

/** Builds an overload of an aggregate function and its printed signature. */
export function aggregateOverload<A>(spec: AggregateSpec<A>): AggregateOverload {
  const { state, make } = spec
  return {
    signature: `${signatureOf(spec)} → ${typeof spec.returns === 'function' ? (spec.returnsLabel ?? 'same') : typeName(spec.returns)}`,
    resolve: (args) => resolveSpec(spec, args),
    neverNull: spec.neverNull ?? false,
    stateTypes: (types) => (typeof state === 'function' ? state(types) : state),
    implement: make,
  }
}
