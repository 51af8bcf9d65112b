import { spawn } from 'node:child_process'
import { javaArguments } from './jars.js'

const TOOLS = {
  'console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
  'consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
} as const

export type KafkaToolName = keyof typeof TOOLS

export interface ToolRun {
  /** Its standard input. */
  readonly input?: string | Uint8Array
  /** Default: a minute. */
  readonly timeoutMs?: number
  /** A tool that goes on for ever is ended by SIGTERM when this says so of what it has printed. */
  readonly until?: (printed: string) => boolean
}

const TOOL_MS_MAX = 60_000

/** Runs one of Kafka's own command-line tools. @returns what it has printed, as bytes: one character each, so that nothing is lost */
export async function kafkaTool(name: KafkaToolName, args: readonly string[], run: ToolRun = {}): Promise<string> {
  const java = await javaArguments()
  const child = spawn('java', ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...java, TOOLS[name], ...args], { stdio: 'pipe' })
  let printed = ''
  let said = ''
  let isEnough = false
  let isLate = false
  child.stdout.setEncoding('latin1').on('data', (text: string) => {
    printed += text
    if (!isEnough && run.until?.(printed) === true) {
      isEnough = true
      child.kill('SIGTERM')
    }
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { said += text })
  child.stdin.on('error', () => {})
  child.stdin.end(run.input ?? '')
  const timeoutMs = run.timeoutMs ?? TOOL_MS_MAX
  const timer = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, timeoutMs)
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  clearTimeout(timer)
  if (isLate) throw new Error(`${name} took longer than ${timeoutMs} ms: ${said}\n${printed.slice(-2_000)}`)
  if (code !== 0 && !isEnough) throw new Error(`${name} ended with ${code}: ${said}\n${printed.slice(-2_000)}`)
  return printed
}
