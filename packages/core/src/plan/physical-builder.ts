import type { Expression } from '../expressions/expression.js'
import type { Distribution, ErrorPolicy, PhysicalNode } from './physical.js'
import type { Field } from '../types/data-type.js'

/**
 * Rows on their way through the physical plan: the node that gives them, and what is known of them that its schema does
 * not say. The first `width` columns are those of the logical plan; others, hidden, may follow.
 */
export interface Stream {
  readonly node: number
  readonly width: number
  /** Columns of the row's ordinal and of its split's watermark, where they were asked for and could be had. */
  readonly ordinal: number | null
  readonly watermark: number | null
  /** Columns by which rows are shared out: equal values are on one worker. Null where they are spread at will. */
  readonly sharedOutBy: SharedOut | null
  /** What becomes of rows that fail further on. */
  readonly onError: ErrorPolicy
}

export interface SharedOut {
  readonly columns: readonly number[]
  readonly reason: string
  /** The worker is that of the columns' hash, in this order: another stream can go by the same. Left out: the source has decided. */
  readonly hashed?: true
}

/** What somebody above needs. */
export interface Wanted {
  /** Hidden columns. */
  readonly ordinal: boolean
  readonly watermark: boolean
  /** Only so many rows, the first by their ordinals. Left out: all. */
  readonly firstRows?: number
}

/** As many as a scan can be told to stop at: counts of rows are 32-bit numbers there. */
export const FIRST_ROWS_MAX: number = 2 ** 31 - 1

export const NOTHING: Wanted = { ordinal: false, watermark: false }
export const FAIL: ErrorPolicy = { action: 'fail', sink: null }

/** A node without its place in the list. `Omit` over a union keeps one node's members together only this way. */
export type NewNode = PhysicalNode extends infer N ? (N extends PhysicalNode ? Omit<N, 'id'> : never) : never

/** Lists nodes, inputs first. A node that is there already is shared: it runs once and feeds both consumers. */
export class PhysicalBuilder {
  readonly nodes: PhysicalNode[] = []
  readonly #places = new Map<string, number>()

  add(node: NewNode): number {
    const key = node.kind === 'sink' ? null : JSON.stringify(node, writeExact)
    const known = key === null ? undefined : this.#places.get(key)
    if (known !== undefined) return known
    const id = this.nodes.length
    this.nodes.push({ ...node, id } as PhysicalNode)
    if (key !== null) this.#places.set(key, id)
    return id
  }

  get(id: number): PhysicalNode {
    return this.nodes[id]!
  }

  fieldsOf(stream: Stream): readonly Field[] {
    return this.get(stream.node).schema
  }
}

/** JSON that tells apart what JSON does not. */
function writeExact(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `bigint ${value}`
  if (value instanceof Uint8Array) return `bytes ${[...value]}`
  return typeof value === 'number' && !Number.isFinite(value) ? `number ${value}` : Object.is(value, -0) ? 'number -0' : value
}

export const LOCAL: Distribution = { kind: 'local', reason: '' }
export const local = (reason: string): Distribution => ({ kind: 'local', reason })
export const single = (reason: string): Distribution => ({ kind: 'single', reason })

/** `a` or `a, b`: expressions as EXPLAIN names them. */
export function namesOf(expressions: readonly Expression[], print: (e: Expression) => string): string {
  return expressions.map(print).join(', ')
}
