import { unreachable } from '../errors.js'
import { labelOf } from './explain-label.js'
import { explainTrees, type ExplainNode } from './explain-tree.js'
import { keepersOf } from './identity/plan-identity.js'
import type { PhysicalPlan } from './physical.js'

export type ExplainFormat = 'text' | 'json' | 'dot' | 'mermaid'

/** The plan for people (`text`), for programs (`json`), or as a drawing (`dot`, `mermaid`). */
export function explainPlan(plan: PhysicalPlan, format: ExplainFormat = 'text'): string {
  const trees = explainTrees(plan)
  switch (format) {
    case 'text': return asText(trees)
    case 'json': return JSON.stringify({ strategy: plan.strategy, workerCount: plan.workerCount, plans: trees, state: identitiesOf(plan) }, null, 2)
    case 'dot': return asDot(trees)
    case 'mermaid': return asMermaid(trees)
    default: return unreachable(format)
  }
}

/** What remembers something: see `keepersOf`. */
function identitiesOf(plan: PhysicalPlan): readonly object[] {
  return keepersOf(plan).map(({ nodeId, kind, identity, label }) => ({ nodeId, kind, identity, label }))
}

// -------------------------------------------------------------------------------------------------------------- text

interface Line {
  readonly text: string
  readonly note: string
}

/** Notes stand one below the other, but not behind a single line that is far longer than the others. */
const NOTE_COLUMN_MAX = 80

function asText(trees: readonly ExplainNode[]): string {
  const lines = trees.flatMap((tree) => linesOf(tree, '', ''))
  const widths = lines.filter((line) => line.note !== '').map((line) => line.text.length).filter((width) => width <= NOTE_COLUMN_MAX)
  const column = Math.max(0, ...widths) + 2
  return lines.map((line) => (line.note === '' ? line.text : `${line.text.padEnd(column - 2)}  ${line.note}`)).join('\n')
}

function linesOf(node: ExplainNode, first: string, others: string): readonly Line[] {
  const text = `${first}${labelOf(node)}`
  const below = node.inputs.flatMap((input, i) => {
    const isLast = i === node.inputs.length - 1
    return linesOf(input, `${others}${isLast ? '└─ ' : '├─ '}`, `${others}${isLast ? '   ' : '│  '}`)
  })
  return [{ text, note: node.note }, ...below]
}

// ---------------------------------------------------------------------------------------------------------- drawings

interface Drawing {
  readonly boxes: readonly { readonly name: string; readonly label: string }[]
  readonly edges: readonly { readonly from: string; readonly to: string }[]
}

/** Boxes and arrows; what is shared is one box. */
function drawingOf(trees: readonly ExplainNode[]): Drawing {
  const boxes = new Map<string, string>()
  const edges = new Map<string, { from: string; to: string }>()
  const visit = (node: ExplainNode): string => {
    const name = `n${node.id}${node.operator.split(' ')[0]!.toLowerCase()}`
    boxes.set(name, node.note === '' ? labelOf(node) : `${labelOf(node)}\n${node.note}`)
    for (const input of node.inputs) {
      const from = visit(input)
      edges.set(`${from} ${name}`, { from, to: name })
    }
    return name
  }
  trees.forEach(visit)
  return { boxes: [...boxes].map(([name, label]) => ({ name, label })), edges: [...edges.values()] }
}

function asDot(trees: readonly ExplainNode[]): string {
  const { boxes, edges } = drawingOf(trees)
  const escape = (label: string): string => label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return [
    'digraph plan {', '  rankdir = BT', '  node [shape = box]',
    ...boxes.map((b) => `  ${b.name} [label = "${escape(b.label)}"]`),
    ...edges.map((e) => `  ${e.from} -> ${e.to}`), '}',
  ].join('\n')
}

function asMermaid(trees: readonly ExplainNode[]): string {
  const { boxes, edges } = drawingOf(trees)
  const escape = (label: string): string => label
    .replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br/>')
  return [
    'flowchart BT', ...boxes.map((b) => `  ${b.name}["${escape(b.label)}"]`), ...edges.map((e) => `  ${e.from} --> ${e.to}`),
  ].join('\n')
}
