import { MillraceError, unreachable, type Span } from '../errors.js'
import type { Connector } from '../connector.js'
import type { CreateFunction, CreateTable, CreateTableAs, CreateView, Drop, Insert, Query, SelectStatement, Statement } from '../sql/ast.js'
import type { Expression } from '../expressions/expression.js'
import { columnOf } from '../expressions/expression.js'
import type { BindSession } from './bind-context.js'
import { unsupported } from './unsupported.js'
import type { BoundQuery } from './bind-from.js'
import { bindFunction, moduleParts, type FunctionModule } from './bind-function.js'
import { bindInsert } from './bind-insert.js'
import { bindQuery } from './bind-query.js'
import { bindTable, connectorOptionOf } from './bind-table.js'
import type { Catalog, TableEntry } from './catalog.js'
import { describeEntry, showFunctions, showTables } from './describe-catalog.js'
import { withSetting, type JobSettings } from './job-settings.js'
import { placedLater } from './placed.js'
import type { JobOutput } from './plan-job.js'
import { formatsOfTable, type LoadFormat } from './table-formats.js'
import { unknownName } from './unknown-name.js'
import type { Schema } from '../types/data-type.js'

/** What the statements of a script do before anything runs: they declare, set, show, and leave queries to be planned. */
export interface ScriptSurroundings {
  readonly catalog: Catalog
  readonly baseDirectory: string
  readonly confinedTo?: string | undefined
  connector(name: string): Promise<Connector>
  readonly format: LoadFormat
  /** @throws MillraceError SQL_FUNCTION_MODULE */
  functionModule(specifier: string): Promise<FunctionModule>
}

/** What a statement leaves behind. */
export type StatementResult =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly statement: 'show' | 'describe'; readonly text: string }
  | { readonly kind: 'query'; readonly outputs: readonly JobOutput[]; readonly explain: 'no' | 'plan' | 'analyze' }

const NOTHING_LEFT: StatementResult = { kind: 'nothing' }

export class ScriptSession {
  settings: JobSettings
  readonly #surroundings: ScriptSurroundings
  readonly #spans = new WeakMap<Expression, Span>()
  #windows = 0

  constructor(surroundings: ScriptSurroundings, settings: JobSettings) {
    this.#surroundings = surroundings
    this.settings = settings
  }

  get catalog(): Catalog {
    return this.#surroundings.catalog
  }

  async run(statement: Statement): Promise<StatementResult> {
    switch (statement.kind) {
      case 'create table': return this.#createTable(statement)
      case 'create table as': return this.#createTableAs(statement)
      case 'create view': return this.#createView(statement)
      case 'create function': return this.#createFunction(statement)
      case 'insert': return { kind: 'query', outputs: [this.#insert(statement)], explain: 'no' }
      case 'statement set': return { kind: 'query', outputs: statement.inserts.map((insert) => this.#insert(insert)), explain: 'no' }
      case 'select': return { kind: 'query', outputs: [this.#select(statement)], explain: 'no' }
      case 'explain': {
        const inner = await this.run(statement.statement)
        return inner.kind === 'query' ? { ...inner, explain: statement.analyze ? 'analyze' : 'plan' } : inner
      }
      case 'set': {
        this.settings = withSetting(this.settings, statement.key, statement.value, statement.span)
        return NOTHING_LEFT
      }
      case 'show': {
        const text = statement.what === 'tables' ? showTables(this.catalog) : showFunctions(this.catalog.functions.all())
        return { kind: 'text', statement: 'show', text }
      }
      case 'describe': {
        const entry = this.catalog.get(statement.name)
        return { kind: 'text', statement: 'describe', text: describeEntry(entry, entry.kind === 'view' ? this.#bind(entry.query) : null) }
      }
      case 'drop': return this.#drop(statement)
      default: return unreachable(statement)
    }
  }

  /** The table that another one sends its failed rows to. */
  deadLetterTable(table: TableEntry, span: Span): TableEntry {
    return this.#tableNamed('dead-letter', table.policy.deadLetter!, 'failed rows', span)
  }

  /** The table that another one sends its late rows to. */
  lateRowsTable(table: TableEntry, span: Span): TableEntry {
    return this.#tableNamed('late-rows', table.policy.lateRows!, 'late rows', span)
  }

  #tableNamed(option: string, text: string, rows: string, span: Span): TableEntry {
    const entry = this.catalog.get({ text, quoted: false, span })
    if (entry.kind === 'table') return entry
    throw new MillraceError('SQL_SINK_MISMATCH', `'${option}' = '${text}' is a view; ${rows} go into a table`, { span })
  }

  async #createTable(create: CreateTable): Promise<StatementResult> {
    if (create.ifNotExists && this.catalog.find(create.name) !== undefined) return NOTHING_LEFT
    this.catalog.add(create.name, await this.#tableEntry(create))
    return NOTHING_LEFT
  }

  async #tableEntry(create: CreateTable): Promise<TableEntry> {
    const { value, span } = connectorOptionOf(create.options, create.name)
    const connector = await placedLater(span, this.#surroundings.connector(value))
    const formats = await formatsOfTable(create.options, connector, this.#surroundings.format)
    return bindTable(create, { ...this.#surroundings, connector, formats, session: this.#session() })
  }

  /** With options it is a table and an INSERT; without any there is nowhere to put rows, and it is a view. */
  async #createTableAs(create: CreateTableAs): Promise<StatementResult> {
    if (create.ifNotExists && this.catalog.find(create.name) !== undefined) return NOTHING_LEFT
    if (create.options.length === 0) return this.#createView({ ...create, kind: 'create view', columns: [] })
    const query = this.#bind(create.query)
    const empty = await this.#tableEntry({
      ...create, kind: 'create table', columns: [], watermark: null, primaryKey: [], partitionedBy: [],
    })
    const schema = uniqueNames(query)
    const entry: TableEntry = {
      ...empty,
      definition: { ...empty.definition, columns: schema.map((f) => ({ ...f, metadata: null })) },
      columns: schema.map((field, i) => ({ field, expression: columnOf(i, field), writable: true })),
    }
    this.catalog.add(create.name, entry)
    const output: JobOutput = { node: query.node, emit: create.query.emit, table: entry, schema, span: create.name.span }
    return { kind: 'query', outputs: [output], explain: 'no' }
  }

  #createView(create: CreateView): StatementResult {
    if (create.ifNotExists && this.catalog.find(create.name) !== undefined) return NOTHING_LEFT
    if (create.query.emit !== null) throw unsupported('EMIT belongs to the query that uses the view', create.query.span)
    const query = this.#bind(create.query)
    if (create.columns.length > query.columns.length) {
      throw new MillraceError(
        'SQL_TYPE', `${create.columns.length} column names for ${query.columns.length} columns`, { span: create.name.span },
      )
    }
    this.catalog.add(create.name, { kind: 'view', name: create.name.text, columns: create.columns, query: create.query })
    return NOTHING_LEFT
  }

  async #createFunction(create: CreateFunction): Promise<StatementResult> {
    const { functions } = this.catalog
    if (create.ifNotExists && functions.find(create.name) !== undefined) return NOTHING_LEFT
    functions.checkFree(create.name)
    const { specifier } = moduleParts(create.module)
    functions.add(create.name, bindFunction(create, await placedLater(create.moduleSpan, this.#surroundings.functionModule(specifier))))
    return NOTHING_LEFT
  }

  #dropFunction(drop: Drop): StatementResult {
    if (this.catalog.functions.remove(drop.name) || drop.ifExists) return NOTHING_LEFT
    const alternatives = this.catalog.functions.all().map((user) => user.name)
    throw unknownName('SQL_FUNCTION_UNKNOWN', `no function \`${drop.name.text}\` has been created here`, drop.name, alternatives, 'functions')
  }

  #drop(drop: Drop): StatementResult {
    if (drop.what === 'function') return this.#dropFunction(drop)
    const entry = this.catalog.find(drop.name)
    if (entry === undefined && drop.ifExists) return NOTHING_LEFT
    if (entry === undefined) throw this.catalog.unknown(drop.name)
    if (entry.kind !== drop.what) {
      throw new MillraceError(
        'SQL_TABLE_UNKNOWN', `\`${drop.name.text}\` is a ${entry.kind}; DROP ${entry.kind.toUpperCase()}`, { span: drop.name.span },
      )
    }
    this.catalog.remove(drop.name)
    return NOTHING_LEFT
  }

  #insert(insert: Insert): JobOutput {
    const { table, node, emit, span } = bindInsert(insert, this.#session())
    const schema = table.definition.columns.map(({ name, type, nullable }) => ({ name, type, nullable }))
    return { node, emit, table, schema, span }
  }

  #select(statement: SelectStatement): JobOutput {
    const query = this.#bind(statement.query)
    return { node: query.node, emit: statement.query.emit, table: null, schema: uniqueNames(query), span: statement.span }
  }

  #bind(query: Query): BoundQuery {
    return bindQuery(query, { session: this.#session(), with: [], depth: 0 })
  }

  #session(): BindSession {
    return { catalog: this.catalog, timeZone: this.settings.plan.timeZone, spans: this.#spans, nextWindowId: () => this.#windows++ }
  }
}

/** Rows become objects and columns of tables: a name that comes again gets a number. */
function uniqueNames(query: BoundQuery): Schema {
  const taken = new Set<string>()
  return query.columns.map((column, i) => {
    let { name } = column
    for (let n = 1; taken.has(name.toLowerCase()); n++) name = `${column.name}_${n}`
    taken.add(name.toLowerCase())
    return { ...query.node.schema[i]!, name }
  })
}
