import { MillraceError, type Span } from '../errors.js'
import type { Connector, SinkDescription, SourceDescription } from '../connector.js'
import { sameType, typeName } from '../types/data-type.js'
import type { TableEntry } from './catalog.js'
import { checkOptions } from './check-options.js'
import type { LogicalRead } from './logical.js'
import { unknownName } from './unknown-name.js'

/** What the connectors say of the tables of one job, asked once each before planning. */
export class Descriptions {
  readonly #sources = new Map<TableEntry, SourceDescription>()
  readonly #sinks = new Map<TableEntry, SinkDescription>()
  readonly #connector: (name: string) => Promise<Connector>

  constructor(connector: (name: string) => Promise<Connector>) {
    this.#connector = connector
  }

  /** @throws MillraceError CONNECTOR_DIRECTION, OPTION_MISSING, SQL_COLUMN_UNKNOWN (metadata) and what `describe` throws */
  async askSource(read: LogicalRead): Promise<void> {
    const { table, span } = read
    if (this.#sources.has(table)) return
    const { reader, name } = await this.#connector(table.definition.connector)
    if (reader === undefined) {
      throw new MillraceError(
        'CONNECTOR_DIRECTION', `connector '${name}' cannot be read from; \`${table.definition.name}\` can only be inserted into`, { span },
      )
    }
    requireOptions(table, reader.options, name, span)
    const description = await reader.describe(table.definition)
    checkMetadata(table, description, span)
    this.#sources.set(table, description)
  }

  /** @throws MillraceError CONNECTOR_DIRECTION, OPTION_MISSING and what `describe` throws */
  async askSink(table: TableEntry, span: Span): Promise<void> {
    if (this.#sinks.has(table)) return
    const { writer, name } = await this.#connector(table.definition.connector)
    if (writer === undefined) {
      throw new MillraceError(
        'CONNECTOR_DIRECTION', `connector '${name}' cannot be written to; \`${table.definition.name}\` can only be read`, { span },
      )
    }
    requireOptions(table, writer.options, name, span)
    this.#sinks.set(table, await writer.describe(table.definition))
  }

  source(table: TableEntry): SourceDescription {
    return this.#sources.get(table)!
  }

  sink(table: TableEntry): SinkDescription {
    return this.#sinks.get(table)!
  }
}

function requireOptions(table: TableEntry, options: Parameters<typeof checkOptions>[1], connector: string, span: Span): void {
  const required = Object.fromEntries(Object.entries(options).filter(([, description]) => description.required === true))
  const given = Object.entries(table.definition.options).map(([key, value]) => ({ key, value, span: null }))
  checkOptions(given.filter((o) => Object.hasOwn(required, o.key)), required, `connector '${connector}'`, span)
}

function checkMetadata(table: TableEntry, description: SourceDescription, span: Span): void {
  for (const column of table.definition.columns) {
    if (column.metadata === null) continue
    const given = Object.hasOwn(description.metadata, column.metadata) ? description.metadata[column.metadata] : undefined
    if (given === undefined) {
      const problem = `\`${table.definition.name}\` has no metadata '${column.metadata}'`
      throw unknownName('SQL_COLUMN_UNKNOWN', problem, { text: column.metadata, span }, Object.keys(description.metadata), 'metadata')
    }
    if (given.type.kind !== column.type.kind || (!('precision' in given.type) && !sameType(given.type, column.type))) {
      throw new MillraceError(
        'SQL_TYPE',
        `metadata '${column.metadata}' of \`${table.definition.name}\` is ${typeName(given.type)}; declare \`${column.name}\` so`,
        { span },
      )
    }
  }
}
