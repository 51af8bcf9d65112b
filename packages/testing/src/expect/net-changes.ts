import type { Schema, Value } from '@millrace/core'
import { INSERT, ROW_KIND_SIGN, UPDATE_AFTER, valueToJsonText } from '@millrace/core'
import type { Change } from '../batch-text.js'

/**
 * What is left of changes that came of one row. A row that was added and taken back again on the way is left out: which of two inputs of
 * a join hears of a change first is chance, and what is there afterwards is not.
 *
 * @param key columns of the key of an upsert table: of several changes of one row the last counts. Null: rows are taken back whole
 */
export function netChanges(changes: readonly Change[], schema: Schema, key: readonly string[] | null): readonly Change[] {
  if (changes.length < 2) return changes
  return key === null ? withoutPairs(changes, schema) : lastOfEachKey(changes, schema, key)
}

/** The rows of a table after its changes, in the order in which they came into it. */
export function tableAfter(changes: readonly Change[], schema: Schema, key: readonly string[] | null): (readonly Value[])[] {
  const left = key === null ? withoutPairs(changes, schema) : lastOfEachKey(changes, schema, key)
  const [gone] = key === null ? left.filter(({ kind }) => ROW_KIND_SIGN[kind] === -1) : []
  if (gone !== undefined) throw new Error(`a row is taken back that was never added: ${rowKey(gone.values, schema)}`)
  return left.filter(({ kind }) => ROW_KIND_SIGN[kind] === 1).map(({ values }) => values)
}

/** Of each row as many changes as its count has changed by: the last ones that add, or the first that take back. */
function withoutPairs(changes: readonly Change[], schema: Schema): readonly Change[] {
  if (changes.every(({ kind }) => ROW_KIND_SIGN[kind] === 1)) return changes
  const keys = changes.map(({ values }) => rowKey(values, schema))
  const net = new Map<string, number>()
  for (const [i, { kind }] of changes.entries()) net.set(keys[i]!, (net.get(keys[i]!) ?? 0) + ROW_KIND_SIGN[kind]!)
  const kept = new Set<number>()
  const keep = (i: number, sign: number): void => {
    const count = net.get(keys[i]!)!
    if (ROW_KIND_SIGN[changes[i]!.kind] !== sign || Math.sign(count) !== sign) return
    net.set(keys[i]!, count - sign)
    kept.add(i)
  }
  for (let i = 0; i < changes.length; i++) keep(i, -1)
  for (let i = changes.length - 1; i >= 0; i--) keep(i, 1)
  return changes.filter((_, i) => kept.has(i))
}

function lastOfEachKey(changes: readonly Change[], schema: Schema, key: readonly string[]): readonly Change[] {
  const columns = key.map((name) => schema.findIndex((field) => field.name === name))
  const last = new Map<string, Change>()
  const added = new Set<string>()
  for (const change of changes) {
    const id = rowKey(columns.map((c) => change.values[c]!), columns.map((c) => schema[c]!))
    if (!last.has(id) && change.kind === INSERT) added.add(id)
    last.delete(id)
    last.set(id, added.has(id) && change.kind === UPDATE_AFTER ? { ...change, kind: INSERT } : change)
  }
  return [...last].filter(([id, { kind }]) => !added.has(id) || ROW_KIND_SIGN[kind] === 1).map(([, change]) => change)
}

function rowKey(values: readonly Value[], schema: Schema): string {
  return values.map((value, c) => valueToJsonText(value, schema[c]!.type)).join(' ')
}
