import { withInputs, type LogicalNode, type LogicalRead } from '../logical.js'
import { rewriteNodes } from '../logical.js'
import { FieldColumns, fieldOfColumn, readColumnsOf, scanColumn } from '../read-columns.js'
import { mapExpressions } from './map-expressions.js'

/**
 * Where only fields of a ROW column are used (`bid.price`), and the reader can give them by themselves, they are read as
 * columns of their own: nothing else of the row is made, and conditions on them can go to the reader.
 *
 * The read gets the fields behind its columns; the rows that nobody asks for any more go when columns are pruned. So that
 * nobody sees the new columns, it is for projections and aggregates alone, with nothing but filters between them and the read.
 */
export function readFields(node: LogicalNode, givesFields: (read: LogicalRead) => boolean): LogicalNode {
  return rewriteNodes(node, (n) => {
    if (n.kind !== 'project' && n.kind !== 'aggregate') return n
    const read = readBeneath(n.input)
    if (read === null || !givesFields(read) || !read.schema.some((f) => f.type.kind === 'ROW')) return n
    const columns = readColumnsOf(read)
    const fields = new FieldColumns((index) => columns[index]!, columns.length)
    const above = mapExpressions(n, (e) => fields.rewrite(e))
    const filters = rewriteFilters(n.input, fields)
    if (fields.found.length === 0) return n
    return withInputs(above, () => widened(filters, fields))
  })
}

function readBeneath(node: LogicalNode): LogicalRead | null {
  if (node.kind === 'filter') return readBeneath(node.input)
  return node.kind === 'read' ? node : null
}

function rewriteFilters(node: LogicalNode, fields: FieldColumns): LogicalNode {
  return node.kind === 'filter' ? { ...node, input: rewriteFilters(node.input, fields), condition: fields.rewrite(node.condition) } : node
}

/** The filters over a read that has the fields too. */
function widened(node: LogicalNode, fields: FieldColumns): LogicalNode {
  if (node.kind === 'filter') {
    const input = widened(node.input, fields)
    return { ...node, input, schema: input.schema }
  }
  const read = node as LogicalRead
  return {
    ...read,
    columns: [...read.columns, ...fields.found.map((f) => f.column)],
    paths: [...readColumnsOf(read), ...fields.found].map((f) => f.path),
    schema: [...read.schema, ...fields.found.map((f) => fieldOfColumn(scanColumn(f, read.table)))],
  }
}
