import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { benchCommand } from './bench-command.js'
import { checkCommand } from './check-command.js'
import { diffCommand } from './diff-command.js'
import { explainCommand } from './explain-command.js'
import { EXIT } from './exit-code.js'
import { inspectCommand } from './inspect-command.js'
import { printError } from './print-error.js'
import { runCommand } from './run-command.js'
import { usageError } from './usage-error.js'
import { VERSION } from './version.js'

const STRATEGIES = ['auto', 'pipelines', 'coordinator', 'single'] as const
const OUTPUT_FORMATS = ['table', 'ndjson', 'csv'] as const
const PLAN_FORMATS = ['text', 'json', 'dot', 'mermaid'] as const

/**
 * Runs one command line to its end.
 *
 * @param argv as `process.argv`: two entries, then the arguments
 * @returns the exit code: 0 done, 1 the job failed, 2 bad usage or bad SQL, 130 interrupted after draining
 */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.done
  const program = new Command('millrace')
    .description('Streaming SQL in which every CPU core runs its own pipeline')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(millrace --help lists the commands)')

  withInput(program.command('run').description('run every statement of a SQL file; a bare SELECT prints its rows'))
    .addOption(new Option('--output <format>', 'how rows of a bare SELECT are printed').choices([...OUTPUT_FORMATS]).default('table'))
    .option('--stats <file>', 'write what was read, written and used as JSON')
    .option('--summary', 'print rows per second of every worker at the end')
    .addOption(new Option('--progress <when>', 'draw progress on stderr').choices(['auto', 'on', 'off']).default('auto'))
    .option('--quiet', 'neither progress nor notes, only rows and errors')
    .option('--checkpoint <dir>', 'take checkpoints there, so that the job can go on after a crash')
    .option('--checkpoint-interval <duration>', 'from one checkpoint to the next, and from one commit to the next where a group of processes shares a table (default 10s)')
    .option('--restore', 'go on from the newest whole checkpoint, start afresh where there is none')
    .option('--allow-partial-restore', 'go on with an edited query although some of its state is lost or begins empty')
    .option('--restart-limit <n>', 'restarts without a checkpoint between them until a job with checkpoints is given up (default 8; 0: none)')
    .option('--drain-timeout <duration>', 'how long SIGINT and SIGTERM wait for the job to drain (default 25s)')
    .addOption(new Option('--drain <how>', 'what SIGINT and SIGTERM do to a job with checkpoints').choices(['suspend', 'finish']))
    .action(async (file: string | undefined, options) => { exitCode = await runCommand(file, options) })

  withInput(program.command('explain').description('print the plan of every query'))
    .addOption(new Option('--format <format>', 'how the plan is printed').choices([...PLAN_FORMATS]).default('text'))
    .option('--diff', 'of two files: what the second can go on with from a checkpoint of the first')
    .argument('[new]', 'with --diff, the edited SQL file')
    .action(async (file: string | undefined, edited: string | undefined, options) => {
      if (options.diff !== true && edited !== undefined) throw usageError(`explain takes one file; for what ${edited} does to checkpoints, --diff`)
      exitCode = options.diff === true ? await diffCommand([file, edited].filter((f) => f !== undefined), options) : await explainCommand(file, options)
    })

  program.command('inspect').description('print what is in a directory of checkpoints').argument('<dir>', 'the directory, or the address of a store')
    .addOption(new Option('--format <format>', 'how it is printed').choices(['text', 'json']).default('text'))
    .option('--epoch <n>', 'the checkpoint to look into (default: the newest whole one)', positiveNumber)
    .option('--rows <operator/table>', 'print rows of a table of state as ndjson: an identity as `inspect` prints it, and the name of the table')
    .option('--limit <n>', 'rows printed at most', positiveNumber, 100)
    .action(async (dir: string, options) => { exitCode = await inspectCommand(dir, options) })

  withInput(program.command('check').description('parse, bind and plan without running'))
    .action(async (file: string | undefined, options) => { exitCode = await checkCommand(file, options) })

  program.command('bench').description('run the benchmarks: all, or those named').argument('[names...]')
    .option('--rounds <n>', 'times that every contender runs', positiveNumber)
    .option('--scale <factor>', 'multiplies every row count', positiveNumber)
    .option('--queries <names>', 'queries of `nexmark` to run: q0,q4', (text: string) => text.split(',').map((name) => name.trim()))
    .option('--events <n>', 'events of `nexmark`, whatever the scale', positiveNumber)
    .action(async (names: string[], options) => { exitCode = await benchCommand(names, options) })

  try {
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    return printError(error)
  }
}

/** The arguments by which all commands take SQL and say how it is to be planned. */
function withInput(command: Command): Command {
  return command
    .argument('[file]', 'a SQL file')
    .option('-e, --execute <sql>', 'SQL instead of a file')
    .option('--workers <n>', 'pipelines, each on a thread of its own: a number or auto', 'auto')
    .addOption(new Option('--strategy <name>', 'how the work is spread').choices([...STRATEGIES]).default('auto'))
    .option('--set <key=value>', 'a setting, as by SET (repeatable)', keyValue, {})
    .option('--confine <dir>', 'paths in the SQL must stay in there, and it may load no modules: for SQL of others')
    .option('--modules <dir>', 'with --confine: a directory whose modules may be loaded')
    .option('--param <name=value>', 'fills ${name} in the SQL (repeatable)', keyValue, {})
}

function keyValue(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=')
  if (at <= 0) throw new InvalidArgumentError('must be name=value')
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) }
}

function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0')
  return value
}
