import { MillraceError, unreachable, type Span } from '../errors.js'
import type { Expression } from '../expressions/expression.js'
import { isDeterministic } from '../expressions/static-facts.js'
import type { ChangeMode, SinkDescription } from '../connector.js'
import type { Descriptions } from './descriptions.js'
import { changelogOfJoin, refuseDisorder, resolveJoin } from './join-output.js'
import { inputsOf, readsOf, withInputs, type LogicalCall, type LogicalJoin, type LogicalNode, type LogicalRead, type LogicalUnnest, type LogicalWindow } from './logical.js'
import { changelogOfOver, resolveOver, topNOfSort, type InputFacts } from './output-mode-over.js'
import { printExpression } from './print-expression.js'
import { readByClock, refuseClock } from './proctime.js'
import { findTopN } from './rules/find-top-n.js'
import { expressionsOf } from './rules/map-expressions.js'
import { pushFilters } from './rules/push-filters.js'
import { passedColumn } from './substitute.js'
import { unsupported } from './unsupported.js'

/** What rows a node gives: only new ones, or changes to earlier ones, told apart by a key if there is one. */
export type Changelog =
  | { readonly kind: 'append' }
  /** `key`: output columns that make a row unique at any time, null where none are known. */
  | { readonly kind: 'changes'; readonly key: readonly number[] | null }

/** A table that ends by itself, read as such. */
export function isBounded(node: LogicalNode, descriptions: Descriptions): boolean {
  return readsOf(node).every((read) => descriptions.source(read.table).bounded)
}

/** Whether rows come with watermarks that mean something: a stream, or a bounded table replayed as one. */
export function isLive(read: LogicalRead, descriptions: Descriptions): boolean {
  return read.clock || !descriptions.source(read.table).bounded || read.table.policy.replay
}

/**
 * Decides for each aggregate whether it gives final rows or changes, and refuses what would never end or is not there yet.
 *
 * EMIT speaks of the outermost aggregates. All others, and all where it is left out, are final if their groups come to
 * an end (a window closes, the input ends), else they change.
 *
 * @throws MillraceError SQL_UNBOUNDED, SQL_WINDOW, SQL_UNSUPPORTED
 */
export function resolveOutput(node: LogicalNode, emit: 'changes' | 'final' | null, descriptions: Descriptions): LogicalNode {
  const policies = new Set(readsOf(node).flatMap((read) => read.table.policy.emit ?? []))
  const asked = emit ?? (policies.size === 1 ? [...policies][0]! : null)
  const resolved = resolve(findTopN(pushFilters(node)), asked, descriptions)
  checkChangelogs(resolved, descriptions)
  return resolved
}

function resolve(node: LogicalNode, asked: 'changes' | 'final' | null, descriptions: Descriptions): LogicalNode {
  if (node.kind === 'window') return resolveWindow({ ...node, input: resolve(node.input, asked, descriptions) }, descriptions)
  if (node.kind === 'read') return descriptions.source(node.table).changes === true ? { ...node, changes: true } : node
  if (node.kind === 'join') return resolveJoin(withInputs(node, (input) => resolve(input, asked, descriptions)) as LogicalJoin, asked, {
    ends: (input) => isBounded(input, descriptions), isLive: (input) => readsOf(input).some((read) => isLive(read, descriptions)), changelogOf,
  })
  if (node.kind === 'over' || node.kind === 'top-n') {
    const input = resolve(node.input, null, descriptions)
    return resolveOver({ ...node, input }, asked, factsOf(input, descriptions))
  }
  if (node.kind === 'sort' && node.limit !== null && !isBounded(node.input, descriptions)) {
    const input = resolve(node.input, null, descriptions)
    return resolveOver(topNOfSort({ ...node, input }), asked, factsOf(input, descriptions))
  }
  if (node.kind !== 'aggregate') return withInputs(node, (input) => resolve(input, asked, descriptions))
  const input = resolve(node.input, null, descriptions)
  refuseDisorder(node, input)
  const closes = node.window !== null || isBounded(node.input, descriptions)
  if (asked === 'final' && !closes) {
    throw new MillraceError(
      'SQL_UNBOUNDED',
      'EMIT FINAL: no group over this unbounded input is ever final; group by a window, or EMIT CHANGES',
      { span: node.span },
    )
  }
  return { ...node, input, emit: asked ?? (closes ? 'final' : 'changes') }
}

function factsOf(input: LogicalNode, descriptions: Descriptions): InputFacts {
  return { bounded: isBounded(input, descriptions), changes: changelogOf(input).kind === 'changes' }
}

function resolveWindow(node: LogicalWindow, descriptions: Descriptions): LogicalWindow {
  if (node.shape.kind === 'session' && changelogOf(node.input).kind === 'changes') {
    throw unsupported(
      'SESSION over rows that change later is not supported: a row that is taken back would part a session; let the query below it group by a'
        + ' window, or use TUMBLE or HOP', node.span,
    )
  }
  if (node.timeKind === 'proctime') return readByClock(node)
  if (node.timeKind === 'rowtime') refuseClock(node)
  else if (node.timeKind === null) checkRowtime(node, descriptions)
  return node
}

function checkRowtime(node: LogicalWindow, descriptions: Descriptions): void {
  if (readsOf(node).every((read) => !isLive(read, descriptions))) return
  const name = node.input.schema[node.time]!.name
  throw new MillraceError(
    'SQL_WINDOW',
    `\`${name}\` is no rowtime, so windows over it would never close; declare WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND`,
    { span: node.span },
  )
}

/** Refuses what cannot work on changes or on an endless input. */
function checkChangelogs(node: LogicalNode, descriptions: Descriptions): void {
  switch (node.kind) {
    case 'sort': {
      if (isBounded(node.input, descriptions)) break
      throw new MillraceError(
        'SQL_UNBOUNDED', 'ORDER BY would need all of an unbounded input; add a LIMIT to keep the first rows up to date, leave ORDER BY out, or'
          + ' read a bounded table',
        { span: node.span },
      )
    }
    case 'limit': {
      if (isBounded(node.input, descriptions) || changelogOf(node.input).kind === 'append') break
      throw unsupported(
        'LIMIT over an unbounded input whose rows change later would never be final; group by a window, or leave LIMIT out', node.span,
      )
    }
    case 'unnest':
      checkSteady(expressionsOf(node), node.input, node.span)
      if (changelogOf(node.input).kind === 'changes') checkSteadyRows(node)
      break
    case 'aggregate':
      checkSteady(expressionsOf(node), node.input, node.span)
      if (changelogOf(node.input).kind === 'changes') checkRetracts(node.calls, node.span)
      break
    case 'filter': case 'project': checkSteady(expressionsOf(node), node.input, null); break
    default: break
  }
  for (const input of inputsOf(node)) checkChangelogs(input, descriptions)
}

/** Rows that were made of a row are taken back by making them again. */
function checkSteadyRows({ user, span }: LogicalUnnest): void {
  if (user === undefined || user.deterministic) return
  throw unsupported(
    `${user.name} may make other rows each time, and the rows that it is called for change later: say deterministic: true in its declaration if it`
      + ' always makes the same, or let the inner query group by a window',
    span,
  )
}

/** Built-in functions can all take rows back; a function of the user's can if it says how. */
function checkRetracts(calls: readonly LogicalCall[], span: Span): void {
  const user = calls.find((call) => call.user?.retracts === false)?.user
  if (user === undefined) return
  throw new MillraceError(
    'SQL_CHANGELOG',
    `${user.name} cannot take rows back, and the rows that it would aggregate change later; give it a retract(state, …) beside accumulate,`
      + ' or let the inner query group by a window',
    { span },
  )
}

/** A row is taken back by its old form, which an expression must therefore make again. */
function checkSteady(expressions: readonly Expression[], input: LogicalNode, span: Span | null): void {
  const unsteady = expressions.find((e) => !isDeterministic(e))
  if (unsteady === undefined || changelogOf(input).kind === 'append') return
  throw new MillraceError(
    'SQL_UNSUPPORTED',
    `\`${printExpression(unsteady)}\` gives another value each time, and rows that change later are taken back by their old values;`
      + ' compute it before the rows are grouped, or group by a window',
    span === null ? {} : { span },
  )
}

const APPEND: Changelog = { kind: 'append' }
const changesOf = (key: readonly number[] | null): Changelog => ({ kind: 'changes', key })

export function changelogOf(node: LogicalNode): Changelog {
  switch (node.kind) {
    case 'read': return node.changes === true ? changesOf(null) : APPEND
    case 'values': case 'sort': case 'limit': return APPEND
    case 'aggregate': {
      if (node.emit !== 'changes') return APPEND
      // A group without calls (DISTINCT) comes once, and goes only with the last of its rows.
      return node.calls.length > 0 || changelogOf(node.input).kind === 'changes' ? changesOf([...node.keys.keys()]) : APPEND
    }
    case 'window': case 'filter': case 'async call': return changelogOf(node.input)
    case 'over': case 'top-n': return changelogOfOver(node, changelogOf(node.input))
    // A row may make the same rows twice: no key tells them apart.
    case 'unnest': case 'expand': return changelogOf(node.input).kind === 'append' ? APPEND : changesOf(null)
    case 'join': return changelogOfJoin(node, changelogOf)
    case 'union': return node.inputs.every((input) => changelogOf(input).kind === 'append') ? APPEND : changesOf(null)
    case 'project': {
      const input = changelogOf(node.input)
      if (input.kind === 'append' || input.key === null) return input
      const places = input.key.map((column) => node.expressions.findIndex((e) => passedColumn(e) === column))
      return changesOf(places.includes(-1) ? null : places)
    }
    default: return unreachable(node)
  }
}

/**
 * The mode in which a sink is written, or why it cannot be.
 *
 * @param keyColumns places of the table's primary key among its columns
 * @param constants columns that have the same value in every row
 * @param names of the table's columns
 * @throws MillraceError SQL_CHANGELOG
 */
export function sinkModeOf(
  changelog: Changelog, sink: SinkDescription, keyColumns: readonly number[], constants: ReadonlySet<number>, names: readonly string[],
  name: string, span: Span,
): ChangeMode {
  if (changelog.kind === 'append') return sink.accepts === 'upsert' && keyColumns.length > 0 ? 'upsert' : 'append'
  if (sink.accepts === 'retract') return 'retract'
  if (sink.accepts === 'append') {
    throw new MillraceError(
      'SQL_CHANGELOG',
      `the rows of this query change later, and \`${name}\` takes only new ones; group by a window, EMIT FINAL over a bounded table, or`
        + ' insert into a table with a PRIMARY KEY or a changelog format',
      { span },
    )
  }
  const wanted = changelog.key === null ? null : changelog.key.filter((c) => !constants.has(c)).sort((a, b) => a - b)
  const declared = keyColumns.filter((c) => !constants.has(c)).sort((a, b) => a - b)
  if (wanted !== null && wanted.length === declared.length && wanted.every((c, i) => c === declared[i])) return 'upsert'
  const columns = wanted?.map((c) => `\`${names[c]!}\``).join(', ')
  const problem = columns === undefined
    ? 'the rows of this query change and have no key of their own'
    : columns === '' ? 'this query has one row that changes' : `those of this query are told apart by ${columns}`
  throw new MillraceError(
    'SQL_CHANGELOG',
    `\`${name}\` keeps the last row of each PRIMARY KEY, and ${problem}; group by the PRIMARY KEY alone, or insert into a table with`
      + ' a changelog format',
    { span },
  )
}

