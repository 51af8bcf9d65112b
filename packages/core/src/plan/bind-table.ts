import { MillraceError } from '../errors.js'
import type { Connector, OptionTable, TableColumn, TableDefinition } from '../connector.js'
import { columnOf, rewriteExpression, type Expression } from '../expressions/expression.js'
import type { ColumnDefinition, CreateTable, Name, Option } from '../sql/ast.js'
import { isTimestamp, typeName } from '../types/data-type.js'
import type { BindSession } from './bind-context.js'
import { bindExpression } from './bind-expression.js'
import { bindType } from './bind-type.js'
import { sameName, type EntryColumn, type EntryWatermark, type TableEntry, type TablePolicy } from './catalog.js'
import { checkOptions, describeOption, splitTableOptions, type GivenOption } from './check-options.js'
import { parseBoolean, parseDurationMs } from './option-value.js'
import { TABLE_OPTIONS } from '../table-options.js'
import type { TableFormats } from './table-formats.js'
import { unknownName } from './unknown-name.js'
import type { Scope, ScopeColumn } from './scope.js'

/** Where a table's paths start from, and who reads and writes it. */
export interface TableSurroundings {
  readonly connector: Connector
  readonly formats: TableFormats
  readonly baseDirectory: string
  readonly confinedTo?: string | undefined
  readonly session: BindSession
}

/**
 * A CREATE TABLE as what the binder and the connector need to know of it.
 *
 * @throws MillraceError OPTION_UNKNOWN, OPTION_INVALID, SQL_TYPE, SQL_COLUMN_UNKNOWN, SQL_COLUMN_AMBIGUOUS, …
 */
export function bindTable(create: CreateTable, { connector, formats, baseDirectory, confinedTo, session }: TableSurroundings): TableEntry {
  const options = readOptions(create.options)
  const given = splitTableOptions(options)
  checkOptions(given.table, TABLE_OPTIONS, 'a table', create.name.span)
  const described = { ...allOptional(connector), ...formats.options }
  checkOptions(given.connector, described, `connector '${connector.name}'`, create.name.span)
  refuseDuplicates(create.columns)
  const isKey = (name: Name): boolean => create.primaryKey.some((key) => sameName(name.text, key))
  const physical = create.columns.flatMap((c) => (c.kind === 'computed' ? [] : [physicalColumn(c, isKey(c.name))]))
  const columns = bindColumns(create.columns, physical, session)
  const definition: TableDefinition = {
    name: create.name.text,
    connector: create.options.find((o) => o.key.toLowerCase() === 'connector')!.value,
    options: Object.fromEntries(given.connector.map((o) => [o.key, o.value])),
    identity: identityOf(given.connector, described, baseDirectory),
    ...(formats.addresses === undefined ? {} : { formats: formats.addresses }),
    columns: physical,
    primaryKey: create.primaryKey.map((name) => findColumn(name, create.columns).text),
    partitionedBy: create.partitionedBy.map((name) => findColumn(name, create.columns).text),
    baseDirectory,
    ...(confinedTo === undefined ? {} : { confinedTo }),
  }
  return { kind: 'table', definition, columns, watermark: bindWatermark(create, columns, session), policy: readPolicy(given.table) }
}

/** What stands in `'connector' = '…'`. */
export function connectorOptionOf(options: readonly Option[], name: Name): Option {
  const option = options.find((o) => o.key.toLowerCase() === 'connector')
  if (option !== undefined) return option
  throw new MillraceError(
    'OPTION_MISSING', `table \`${name.text}\` does not say what reads or writes it: WITH ('connector' = '…')`, { span: name.span },
  )
}

// ---------------------------------------------------------------------------------------------------------- columns

function physicalColumn(c: Exclude<ColumnDefinition, { kind: 'computed' }>, isKey: boolean): TableColumn {
  return { name: c.name.text, type: bindType(c.type), nullable: !c.notNull && !isKey, metadata: c.kind === 'metadata' ? c.key : null }
}

/** All columns over the physical ones; a computed column can use those before it. */
function bindColumns(
  definitions: readonly ColumnDefinition[], physical: readonly TableColumn[], session: BindSession,
): readonly EntryColumn[] {
  const scope: ScopeColumn[] = physical.map(
    (c) => ({ name: c.name, type: c.type, nullable: c.nullable, qualifier: null, attribute: null, hidden: false }),
  )
  const columns: EntryColumn[] = []
  const computed: Expression[] = []
  let next = 0
  for (const definition of definitions) {
    if (definition.kind !== 'computed') {
      const field = scope[next]!
      const writable = definition.kind === 'physical' || !definition.virtual
      columns.push({ field: fieldOf(field), expression: columnOf(next, field), writable })
      next++
      continue
    }
    const bound = bindExpression(definition.expression, { session, scope, aliases: null, aggregates: 'a computed column' })
    const expression = rewriteExpression(
      bound, (e) => (e.kind === 'column' && e.index >= physical.length ? computed[e.index - physical.length]! : e),
    )
    const field = { name: definition.name.text, type: expression.type, nullable: expression.nullable }
    computed.push(expression)
    scope.push({ ...field, qualifier: null, attribute: null, hidden: false })
    columns.push({ field, expression, writable: false })
  }
  return columns
}

function fieldOf({ name, type, nullable }: ScopeColumn): EntryColumn['field'] {
  return { name, type, nullable }
}

function bindWatermark(create: CreateTable, columns: readonly EntryColumn[], session: BindSession): EntryWatermark | null {
  if (create.watermark === null) return null
  const name = findColumn(create.watermark.column, create.columns)
  const column = columns.findIndex((c) => c.field.name === name.text)
  const { type } = columns[column]!.field
  if (!isTimestamp(type)) {
    throw new MillraceError(
      'SQL_TYPE', `a watermark is for a TIMESTAMP; \`${name.text}\` is ${typeName(type)}`, { span: create.watermark.column.span },
    )
  }
  const scope: Scope = columns.map((c) => ({ ...c.field, qualifier: null, attribute: null, hidden: false }))
  const bound = bindExpression(create.watermark.expression, { session, scope, aliases: null, aggregates: 'WATERMARK' })
  if (bound.type.kind !== type.kind) {
    throw new MillraceError(
      'SQL_TYPE',
      `the watermark of \`${name.text}\` is ${typeName(bound.type)}; it must be ${typeName(type)} too`,
      { span: create.watermark.expression.span },
    )
  }
  return { column, expression: rewriteExpression(bound, (e) => (e.kind === 'column' ? columns[e.index]!.expression : e)) }
}

function findColumn(name: Name, columns: readonly ColumnDefinition[]): Name {
  const found = columns.find((c) => sameName(c.name.text, name))
  if (found !== undefined) return found.name
  throw unknownName('SQL_COLUMN_UNKNOWN', `no column \`${name.text}\` is declared`, name, columns.map((c) => c.name.text), 'columns')
}

function refuseDuplicates(columns: readonly ColumnDefinition[]): void {
  columns.forEach((c, i) => {
    if (columns.slice(0, i).some((other) => other.name.text === c.name.text || sameName(other.name.text, c.name))) {
      throw new MillraceError('SQL_COLUMN_AMBIGUOUS', `column \`${c.name.text}\` is declared twice`, { span: c.name.span })
    }
  })
}

// ---------------------------------------------------------------------------------------------------------- options

function readOptions(options: readonly Option[]): readonly GivenOption[] {
  const read = options.map((o) => ({ key: o.key.toLowerCase(), value: o.value, span: o.span }))
  const twice = read.find((o, i) => read.findIndex((other) => other.key === o.key) !== i)
  if (twice !== undefined) throw new MillraceError('OPTION_INVALID', `option '${twice.key}' is given twice`, { span: twice.span })
  return read
}

/** The options that say what the table holds. */
function identityOf(given: readonly GivenOption[], described: OptionTable, baseDirectory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(given.flatMap(({ key, value }) => {
    const { secret, tuning, path } = describeOption(key, described)!
    if (secret === true || tuning === true) return []
    const isRelative = path === true && !/^([/\\]|[a-z]:)/i.test(value)
    return [[key, isRelative ? `${baseDirectory}/${value.replace(/^\.\//, '')}` : value]]
  }))
}

/** Until a table is used, nobody knows in which direction: then what that needs is asked for. */
function allOptional(connector: Connector): OptionTable {
  const options = { ...connector.writer?.options, ...connector.reader?.options }
  return Object.fromEntries(Object.entries(options).map(([name, description]) => [name, { ...description, required: false }]))
}

function readPolicy(given: readonly GivenOption[]): TablePolicy {
  const text = (key: string): string | null => given.find((o) => o.key === key)?.value ?? null
  const idle = text('scan.watermark.idle-timeout')
  const drift = text('scan.watermark.alignment.max-drift')
  const onError = (text('on-error')?.toLowerCase() ?? 'fail') as TablePolicy['onError']
  if (onError === 'dead-letter' && text('dead-letter') === null) {
    throw new MillraceError(
      'OPTION_MISSING',
      "'on-error' = 'dead-letter' needs the table that takes the rows: 'dead-letter' = '…'",
      { span: given.find((o) => o.key === 'on-error')!.span! },
    )
  }
  return {
    onError,
    deadLetter: text('dead-letter'),
    lateRows: text('late-rows'),
    replay: parseBoolean(text('scan.replay') ?? 'false')!,
    idleTimeoutMs: idle === null ? null : parseDurationMs(idle)!,
    maxDriftMicros: drift === null ? null : parseDurationMs(drift)! * 1_000,
    allowedLatenessMicros: Math.round(parseDurationMs(text('allowed-lateness') ?? '0s')! * 1_000),
    emit: (text('emit')?.toLowerCase() ?? null) as TablePolicy['emit'],
  }
}
