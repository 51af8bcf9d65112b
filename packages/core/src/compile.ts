/** `@millrace/core/compile`: from SQL text to plans. Needed by who starts jobs, not by workers or connectors. */
export { compileScript } from './compile-query.js'
export type { CompiledJob, CompiledScript, CompileEnvironment, StatementOutput } from './compile-query.js'
export type { FunctionModule } from './plan/bind-function.js'
export { Catalog } from './plan/catalog.js'
export type { ExplainFormat } from './plan/explain.js'
export { JOB_SETTINGS } from './plan/job-settings.js'
export { parseScript } from './sql/parse-script.js'
export { substituteParameters } from './sql/substitute-parameters.js'
