import { MillraceError, unreachable, type Span } from '../errors.js'
import type { ChangeMode, SinkDescription } from '../connector.js'
import type { Descriptions } from './descriptions.js'
import { inputsOf, readsOf, withInputs, type LogicalNode, type LogicalRead, type LogicalWindow } from './logical.js'
import { readByClock, refuseClock } from './proctime.js'
import { passedColumn } from './substitute.js'

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
  const resolved = resolve(node, asked, descriptions)
  checkChangelogs(resolved, descriptions)
  return resolved
}

function resolve(node: LogicalNode, asked: 'changes' | 'final' | null, descriptions: Descriptions): LogicalNode {
  if (node.kind === 'window') return resolveWindow({ ...node, input: resolve(node.input, asked, descriptions) }, descriptions)
  if (node.kind !== 'aggregate') return withInputs(node, (input) => resolve(input, asked, descriptions))
  const input = resolve(node.input, null, descriptions)
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

function resolveWindow(node: LogicalWindow, descriptions: Descriptions): LogicalWindow {
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
    case 'read': case 'values': return
    case 'aggregate': {
      refuseChanges(node.input, `grouping rows that change later is not supported yet; ${ADVICE}`, node.span)
      break
    }
    case 'sort': {
      if (!isBounded(node.input, descriptions)) {
        const problem = node.limit === null
          ? 'ORDER BY would need all of an unbounded input'
          : 'a continuous Top-N over an unbounded input is not supported yet'
        throw new MillraceError('SQL_UNBOUNDED', `${problem}; leave ORDER BY out, or read a bounded table`, { span: node.span })
      }
      refuseChanges(node.input, `ORDER BY over rows that change later is not supported yet; ${ADVICE}`, node.span)
      break
    }
    case 'limit': refuseChanges(node.input, `LIMIT over rows that change later is not supported yet; ${ADVICE}`, node.span); break
    case 'filter': case 'project': case 'window': case 'union': case 'unnest': break
    case 'join': break
    default: unreachable(node)
  }
  for (const input of inputsOf(node)) checkChangelogs(input, descriptions)
}

const ADVICE = 'let the inner query group by a window, or EMIT FINAL over a bounded table'

function refuseChanges(input: LogicalNode, message: string, span: Span): void {
  if (changelogOf(input).kind === 'changes') throw new MillraceError('SQL_UNSUPPORTED', message, { span })
}

const APPEND: Changelog = { kind: 'append' }
const changesOf = (key: readonly number[] | null): Changelog => ({ kind: 'changes', key })

export function changelogOf(node: LogicalNode): Changelog {
  switch (node.kind) {
    case 'read': case 'values': case 'sort': case 'limit': return APPEND
    // A group without calls (DISTINCT) comes once and never changes.
    case 'aggregate': return node.emit === 'changes' && node.calls.length > 0 ? changesOf([...node.keys.keys()]) : APPEND
    case 'window': return changelogOf(node.input)
    // A row may make the same rows twice: no key tells them apart.
    case 'unnest': return changelogOf(node.input).kind === 'append' ? APPEND : changesOf(null)
    case 'join': return changesOf(null)
    // A row that stops passing the filter is taken back by its old form alone: no key says so any more.
    case 'filter': return changelogOf(node.input).kind === 'append' ? APPEND : changesOf(null)
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
 * @throws MillraceError SQL_CHANGELOG
 */
export function sinkModeOf(
  changelog: Changelog, sink: SinkDescription, keyColumns: readonly number[], constants: ReadonlySet<number>, name: string, span: Span,
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
  throw new MillraceError(
    'SQL_CHANGELOG', `\`${name}\` keeps the last row of each PRIMARY KEY, which must be the columns the query groups by`, { span },
  )
}

