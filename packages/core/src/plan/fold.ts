import { MillraceError } from '../errors.js'
import { isDeterministic } from '../expressions/static-facts.js'
import { literalOf, rewriteExpression, type Expression } from '../expressions/expression.js'
import { makeInterpreter } from '../expressions/interpreter.js'
import { BOOLEAN } from '../types/data-type.js'
import { allOf, anyOf } from './predicate.js'

/** The door to time and chance is shut while planning: nothing that looks through it is folded. */
const NO_CONTEXT = { nowMicros: () => 0, random: () => 0, timeZone: 'UTC' }

/**
 * Computes what does not depend on a row. What fails is left as it is, to fail for the rows that reach it: a constant
 * division by zero behind a filter that nothing passes is no error.
 */
export function foldConstants(e: Expression): Expression {
  return rewriteExpression(e, foldNode)
}

function foldNode(e: Expression): Expression {
  switch (e.kind) {
    case 'column': case 'literal': return e
    case 'case': return foldCase(e)
    case 'cast': return evaluated(e)
    case 'call': return e.name === 'and' || e.name === 'or' ? foldLogic(e) : evaluated(e)
  }
}

function evaluated(e: Extract<Expression, { kind: 'call' | 'cast' }>): Expression {
  const args = e.kind === 'call' ? e.args : [e.arg]
  // Code of the user's runs in the workers alone.
  if (e.kind === 'call' && e.user !== undefined) return e
  if (!args.every((arg) => arg.kind === 'literal') || !isDeterministic(e) || dependsOnZone(e)) return e
  try {
    const value = makeInterpreter(e, NO_CONTEXT)([])
    return isPlain(value) ? literalOf(value, e.type) : e
  } catch (error) {
    if (error instanceof MillraceError) return e
    throw error
  }
}

/** TIMESTAMP_LTZ becomes text or a TIMESTAMP by the job's time zone, which the fold does not know. */
function dependsOnZone(e: Extract<Expression, { kind: 'call' | 'cast' }>): boolean {
  const args = e.kind === 'call' ? e.args : [e.arg]
  return e.type.kind === 'TIMESTAMP_LTZ' || args.some((arg) => arg.type.kind === 'TIMESTAMP_LTZ')
}

function isPlain(value: unknown): value is null | boolean | number | bigint | string | Uint8Array {
  return value === null || value instanceof Uint8Array || typeof value !== 'object'
}

/** Parts that decide nothing go; what stands behind a deciding one is never reached. */
function foldLogic(e: Extract<Expression, { kind: 'call' }>): Expression {
  const decider = e.name === 'or'
  const parts: Expression[] = []
  for (const arg of e.args) {
    if (arg.kind === 'literal' && arg.value === !decider) continue
    parts.push(arg)
    if (arg.kind === 'literal' && arg.value === decider) break
  }
  const last = parts.at(-1)
  if (parts.length === 1 && last?.kind === 'literal') return last
  if (parts.length === 0) return literalOf(!decider, BOOLEAN)
  return decider ? anyOf(parts) : allOf(parts)
}

function foldCase(e: Extract<Expression, { kind: 'case' }>): Expression {
  const branches: { when: Expression; then: Expression }[] = []
  for (const branch of e.branches) {
    if (branch.when.kind === 'literal' && branch.when.value !== true) continue
    if (branch.when.kind === 'literal') return branches.length === 0 ? branch.then : { ...e, branches, otherwise: branch.then }
    branches.push(branch)
  }
  return branches.length === 0 ? e.otherwise : { ...e, branches }
}
