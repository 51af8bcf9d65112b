import { assert } from '../../errors.js'
import type { MillraceError } from '../../errors.js'
import { STRING } from '../../types/data-type.js'
import type { DataType, Value } from '../../types/data-type.js'
import { resolveAggregate, type ResolvedAggregate } from '../catalogue.js'
import type { Accumulating, AggregateOverload, FunctionContext } from '../function.js'
import { fromJs } from './js-form.js'
import { stateFromText, stateToText } from './state-text.js'
import { argumentsToJs, exportOf, functionFailed, guarded, methodOf, signatureOfUser } from './user-call.js'
import type { UserAggregateFunction } from './user-function.js'

/** The function, of the catalogue or the user's, that an aggregate call means. */
export function aggregateOf(call: {
  readonly name: string, readonly argTypes: readonly DataType[], readonly user?: UserAggregateFunction,
}): ResolvedAggregate {
  return call.user === undefined ? resolveAggregate(call.name, call.argTypes) : userAggregate(call.user)
}

function userAggregate(user: UserAggregateFunction): ResolvedAggregate {
  const types = { args: user.argTypes, returns: user.returns }
  const overload: AggregateOverload = {
    signature: signatureOfUser(user),
    resolve: () => types,
    stateTypes: () => [STRING],
    implement: (_, context) => {
      assert(context !== undefined, 'user functions are evaluated where their modules are loaded')
      return accumulating(user, context)
    },
  }
  return { function: { name: user.name, doc: '', overloads: [overload], ordered: false }, overload, types }
}

/** What is kept for a group. Methods may change a state or give a new one, so it stands in a box. */
interface Box {
  state: unknown
  /** Nothing has been added yet: to merge another into it is to take its place. */
  fresh: boolean
  /** Nobody else looks at this state again: it can become part of another as it is. */
  given: boolean
}

/**
 * The user's methods around boxed states. What they throw ends the job whatever `on-error` says: nobody knows how far a
 * state had been changed by then, nor can another call of the same row be taken back.
 */
function accumulating(user: UserAggregateFunction, context: FunctionContext): Accumulating<Box> {
  const exported = exportOf(user, context)
  const method = (name: string): ((...args: any[]) => unknown) => methodOf(exported, name, user)
  const create = method('create')
  const accumulate = method('accumulate')
  const retract = user.retracts ? method('retract') : null
  const merge = user.merges ? method('merge') : null
  const result = method('result')
  const convert = argumentsToJs(user) ?? ((args: readonly Value[]) => args)
  const check = fromJs(user.returns, user.name)
  const strict = user.nulls === 'strict'

  const change = (box: Box, run: () => unknown): void => {
    let next: unknown
    try {
      next = run()
    } catch (error) {
      throw endingJob(functionFailed(user, error))
    }
    if (next !== undefined) box.state = next
    box.fresh = false
  }
  const take = (box: Box, args: readonly Value[], by: (...args: any[]) => unknown): void => {
    if (strict && args.includes(null)) return
    change(box, () => by(box.state, ...convert(args)))
  }
  // Found out at once, and not by the first worker that has something to send.
  guarded(user, () => stateToText(create()))
  return {
    create: () => ({ state: guarded(user, create), fresh: true, given: false }),
    add: (box, args) => take(box, args, accumulate),
    ...(retract === null ? {} : { retract: (box: Box, args: readonly Value[]) => take(box, args, retract) }),
    merge(box, other) {
      if (other.fresh) return
      const state = other.given ? other.state : guarded(user, () => stateFromText(stateToText(other.state)))
      if (box.fresh) box.state = state
      else {
        assert(merge !== null, 'partial states of a function without merge meet in no group')
        change(box, () => merge(box.state, state))
      }
      box.fresh = false
    },
    result: (box) => check(guarded(user, () => result(box.state))),
    save: ({ state, fresh }) => [fresh ? null : guarded(user, () => stateToText(state))],
    load: ([text]) => (text === null ? { state: guarded(user, create), fresh: true, given: true } : { state: stateFromText(text as string), fresh: false, given: true }),
  }
}

function endingJob(error: MillraceError): MillraceError {
  Object.assign(error.details, { endsJob: true })
  return error
}
