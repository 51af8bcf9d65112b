import type { ChangeMode, Connector } from './connector.js'
import { MillraceError } from './errors.js'
import type { LoadedFormat } from './formats/format-registry.js'
import type { FunctionModule } from './plan/bind-function.js'
import { Catalog } from './plan/catalog.js'
import { Descriptions } from './plan/descriptions.js'
import { explainPlan, type ExplainFormat } from './plan/explain.js'
import { SETTINGS_DEFAULT, withSetting, type JobSettings } from './plan/job-settings.js'
import { readsOf } from './plan/logical.js'
import type { PhysicalPlan, PlanSettings, Strategy } from './plan/physical.js'
import { planJob, type JobOutput } from './plan/plan-job.js'
import { ScriptSession } from './plan/script-session.js'
import { builtInFormats, formatsOfTable } from './plan/table-formats.js'
import type { Statement } from './sql/ast.js'
import { parseScript } from './sql/parse-script.js'
import { locateError } from './sql/place.js'
import { substituteParameters } from './sql/substitute-parameters.js'
import type { Schema } from './types/data-type.js'

/** What the compiler needs of the world around it. */
export interface CompileEnvironment {
  /** Loads a connector by what stands in `'connector' = '…'`. */
  connector(name: string): Promise<Connector>
  /** Loads a format by what stands in `'format' = '…'`. Left out: only the built-in ones are known. */
  format?(name: string): Promise<LoadedFormat>
  /** Imports a module of user functions by what stands in `AS '…'`, without the export. Left out: there are none. */
  functionModule?(specifier: string): Promise<FunctionModule>
  /**
   * Finds the module that keeps state beyond memory, where a job sets `state.memory-limit`: its URL. Left out: whoever runs plans has one.
   * @throws MillraceError STATE_STORE_MISSING
   */
  spillModule?(): string
  readonly workerCount: number
  /** Default `auto`. */
  readonly strategy?: Strategy | 'auto'
  /** Defaults that `set` and SET statements override. */
  readonly settings?: Partial<PlanSettings>
  /** SET options given from outside (`--set key=value`), applied before the first statement. */
  readonly set?: Readonly<Record<string, string>>
  /** Directory (absolute) that relative paths of tables start from. */
  readonly baseDirectory: string
  /** Directory (absolute) that paths of tables must not leave; left out: they may. */
  readonly confinedTo?: string
  /** Name of the SQL file in error messages. */
  readonly fileName?: string
  /** Fills `${name}` in the text. */
  readonly params?: Readonly<Record<string, string>>
  /** Tables and views that are there already, and to which the script adds; default: none. */
  readonly catalog?: Catalog
  /** What the caller of a bare SELECT can take; default `retract`. */
  readonly resultMode?: ChangeMode
}

export interface CompiledScript {
  readonly jobs: readonly CompiledJob[]
  /** What SHOW, DESCRIBE and EXPLAIN have to say, in the order of the statements. */
  readonly outputs: readonly StatementOutput[]
}

export interface CompiledJob {
  readonly kind: 'insert' | 'select'
  readonly plan: PhysicalPlan
  /** Rows of a SELECT; empty for `insert`. */
  readonly schema: Schema
  /** Whether the rows of a SELECT are final or a changelog; of an INSERT job: whether any of its sinks takes changes. */
  readonly outputMode: 'append' | 'changes'
  /** EXPLAIN ANALYZE: run it, then print the plan with what was counted. */
  readonly analyze: boolean
  explain(format?: ExplainFormat): string
}

export interface StatementOutput {
  readonly statement: 'show' | 'describe' | 'explain'
  readonly text: string
}

/**
 * The life of a query: text → statements → AST → bound → logical → rewritten → physical.
 *
 * Statements take effect in order. The INSERTs of a script are one job, planned at its end; each bare SELECT is a job of
 * its own. Reads nothing and starts nothing, but asks connectors what their tables are like.
 *
 * @throws MillraceError with `details.place` and a message that is ready to print
 */
export async function compileScript(text: string, environment: CompileEnvironment): Promise<CompiledScript> {
  let sql = text
  let statements: readonly Statement[] | null = null
  try {
    sql = substituteParameters(text, environment.params ?? {})
    const session = new ScriptSession(
      {
        ...environment,
        catalog: environment.catalog ?? new Catalog(),
        connector: (name) => environment.connector(name),
        format: (name) => loadFormat(name, environment),
        functionModule: (specifier) => environment.functionModule?.(specifier) ?? noModules(specifier),
      },
      initialSettings(environment),
    )
    const jobs: CompiledJob[] = []
    const outputs: StatementOutput[] = []
    const inserts: JobOutput[] = []
    statements = parseScript(sql).statements
    for (const statement of statements) {
      const result = await session.run(statement)
      if (result.kind === 'text') outputs.push(result)
      if (result.kind !== 'query') continue
      if (result.explain === 'no' && result.outputs.every((output) => output.table !== null)) {
        inserts.push(...result.outputs)
        continue
      }
      const job = await compileJob(result.outputs, session, environment, result.explain === 'analyze')
      if (result.explain === 'plan') outputs.push({ statement: 'explain', text: job.explain() })
      else jobs.push(job)
    }
    if (inserts.length > 0) jobs.unshift(await compileJob(inserts, session, environment, false))
    return { jobs, outputs }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    const secrets = statements === null ? 'unknown' : await secretOptions(statements, environment)
    throw locateError(error, sql, environment.fileName, secrets)
  }
}

/** From bound queries to one plan, once the connectors have said what their tables are like. */
async function compileJob(
  outputs: readonly JobOutput[], session: ScriptSession, environment: CompileEnvironment, analyze: boolean,
): Promise<CompiledJob> {
  const descriptions = new Descriptions((name) => environment.connector(name))
  for (const output of outputs) {
    for (const read of readsOf(output.node)) {
      await descriptions.askSource(read)
      if (read.table.policy.onError === 'dead-letter') await descriptions.askSink(session.deadLetterTable(read.table, read.span), read.span)
      if (read.table.policy.lateRows !== null) await descriptions.askSink(session.lateRowsTable(read.table, read.span), read.span)
    }
    if (output.table !== null) await descriptions.askSink(output.table, output.span)
  }
  const { plan, outputMode } = planJob({
    outputs,
    descriptions,
    workerCount: environment.workerCount,
    strategy: session.settings.strategy,
    settings: withSpillModule(session.settings.plan, environment),
    shareReads: session.settings.shareReads,
    baseDirectory: environment.baseDirectory,
    resultMode: environment.resultMode ?? 'retract',
    deadLetterTable: (table, span) => session.deadLetterTable(table, span),
    lateRowsTable: (table, span) => session.lateRowsTable(table, span),
  })
  const [first] = outputs
  const isSelect = first!.table === null
  return {
    kind: isSelect ? 'select' : 'insert',
    plan,
    schema: isSelect ? first!.schema : [],
    outputMode,
    analyze,
    explain: (format) => explainPlan(plan, format),
  }
}

function withSpillModule(settings: PlanSettings, environment: CompileEnvironment): PlanSettings {
  if (settings.stateMemoryBytes === undefined || environment.spillModule === undefined) return settings
  return { ...settings, spillModule: environment.spillModule() }
}

/** Names of the options of the script's tables that are secret: an excerpt in an error may show a line in which one stands. */
async function secretOptions(statements: readonly Statement[], environment: CompileEnvironment): Promise<string[] | 'unknown'> {
  const tables = statements.map((statement) => (statement.kind === 'explain' ? statement.statement : statement))
  const options = tables.flatMap((statement) => (statement.kind === 'create table' || statement.kind === 'create table as' ? [statement.options] : []))
  try {
    const secret = await Promise.all(options.map(async (given): Promise<string[]> => {
      const name = given.find(({ key }) => key.toLowerCase() === 'connector')
      if (name === undefined) return []
      const connector = await environment.connector(name.value)
      const formats = await formatsOfTable(given, connector, (format) => loadFormat(format, environment))
      return [connector.reader?.options, connector.writer?.options, formats.options].flatMap((described) => (
        Object.entries(described ?? {}).flatMap(([option, { secret }]) => (secret === true ? [option] : []))))
    }))
    return secret.flat()
  } catch {
    // One of them cannot be loaded, which may be what the error is about.
    return 'unknown'
  }
}

function loadFormat(name: string, environment: CompileEnvironment): Promise<LoadedFormat> {
  return environment.format?.(name) ?? builtInFormats(name)
}

async function noModules(specifier: string): Promise<never> {
  throw new MillraceError('SQL_FUNCTION_MODULE', `modules of user functions cannot be loaded here, so neither can '${specifier}'`)
}

function initialSettings(environment: CompileEnvironment): JobSettings {
  const plan = { ...SETTINGS_DEFAULT, ...environment.settings }
  const defaults: JobSettings = { plan, strategy: environment.strategy ?? 'auto', shareReads: true }
  return Object.entries(environment.set ?? {}).reduce((settings, [key, value]) => withSetting(settings, key, value, null), defaults)
}
