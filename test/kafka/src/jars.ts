import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { exclusively } from './exclusively.js'

/** The folder of this package: pom.xml, java/, and target/ for what is made from them. */
export const HOME: string = join(import.meta.dirname, '..')

const TARGET = join(HOME, 'target')
const JAVA_VERSION_MIN = 17

/** Maven may have to fetch 110 MB. */
const MAVEN_MS_MAX = 280_000
const JAVAC_MS_MAX = 60_000

const run = promisify(execFile)

/**
 * Why no broker can be started here, or null where one can. Where `CI` is set a broker must be there.
 *
 * @throws Error under CI
 */
export function kafkaMissing(): string | null {
  const reason = whyMissing()
  if (reason !== null && process.env['CI']) throw new Error(`the tests with Kafka cannot be left out under CI: ${reason}`)
  return reason
}

let known: string | null | undefined

function whyMissing(): string | null {
  if (known !== undefined) return known
  const { stdout, status } = spawnSync('javac', ['-version'], { encoding: 'utf8' })
  const version = Number(/javac (\d+)/.exec(stdout ?? '')?.[1] ?? 0)
  if (status !== 0 || version < JAVA_VERSION_MIN) known = `a JDK of version ${JAVA_VERSION_MIN} or newer is needed (javac on the PATH)`
  else if (storedClassPath() === null && spawnSync('mvn', ['-v'], { stdio: 'ignore' }).status !== 0) known = 'Maven is needed (mvn on the PATH)'
  else known = null
  return known
}

/** What `java` is told before the class: Kafka's jars, our classes, logging. Resolves and compiles where that was not done yet. */
export async function javaArguments(): Promise<readonly string[]> {
  const classPath = await exclusively(TARGET, async () => {
    const jars = storedClassPath() ?? (await resolveJars())
    return `${await compile(jars)}${delimiter}${jars}`
  })
  return ['-cp', classPath, `-Dlog4j2.configurationFile=${join(HOME, 'log4j2.xml')}`, '-Dlog4j.configurationFile=' + join(HOME, 'log4j2.xml')]
}

/** The class path that Maven gave for this very pom, while its jars are there. */
function storedClassPath(): string | null {
  const file = classPathFile()
  if (!existsSync(file)) return null
  const classPath = readFileSync(file, 'utf8').trim()
  return classPath.split(delimiter).every((jar) => existsSync(jar)) ? classPath : null
}

function classPathFile(): string {
  return join(TARGET, `class-path-${fingerprint([join(HOME, 'pom.xml')])}.txt`)
}

async function resolveJars(): Promise<string> {
  const file = classPathFile()
  mkdirSync(TARGET, { recursive: true })
  const args = ['-q', '-B', '-f', join(HOME, 'pom.xml'), 'dependency:build-classpath', `-Dmdep.outputFile=${file}`]
  await run('mvn', args, { timeout: MAVEN_MS_MAX }).catch((e: Error & { stdout?: string }) => {
    throw new Error(`Maven cannot resolve Kafka's jars: ${e.message}\n${e.stdout ?? ''}`)
  })
  const classPath = storedClassPath()
  if (classPath === null) throw new Error(`Maven has left no class path in ${file}`)
  return classPath
}

async function compile(classPath: string): Promise<string> {
  const folder = join(HOME, 'java')
  const sources = readdirSync(folder).sort().map((name) => join(folder, name))
  const classes = join(TARGET, `classes-${fingerprint(sources)}`)
  const done = join(classes, 'compiled')
  if (existsSync(done)) return classes
  rmSync(classes, { recursive: true, force: true })
  await run('javac', ['-nowarn', '-d', classes, '-cp', classPath, ...sources], { timeout: JAVAC_MS_MAX })
  writeFileSync(done, '')
  return classes
}

function fingerprint(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}
