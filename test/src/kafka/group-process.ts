import { type ChildProcess, spawn } from 'node:child_process'
import { BIN } from '../cli/command.js'

/** How a process of a group has ended. */
export interface GroupProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** One process of a group: `millrace run` of a job that has no end of its own. */
export class GroupProcess {
  readonly name: string
  readonly ended: Promise<GroupProcessEnd>
  #stderr = ''
  #end: GroupProcessEnd | null = null
  readonly #child: ChildProcess

  constructor(name: string, args: readonly string[]) {
    this.name = name
    this.#child = spawn(process.execPath, [BIN, 'run', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => { this.#stderr += text })
    this.ended = new Promise((resolve) => this.#child.once('close', (code, signal) => resolve(this.#end = { code, signal })))
  }

  get isRunning(): boolean {
    return this.#end === null
  }

  /** What it has said, each line under its name. */
  get said(): string {
    return this.#stderr.trim().split('\n').map((line) => `${this.name}: ${line}`).join('\n')
  }

  /** @throws Error where it has ended by itself: nobody has told it to */
  check(): void {
    if (this.#end !== null) throw new Error(`${this.name} has ended with ${this.#end.code ?? this.#end.signal}\n${this.said}`)
  }

  async kill(): Promise<void> {
    this.check()
    this.#child.kill('SIGKILL')
    await this.ended
  }

  /** Asks it to drain and to leave. @throws Error where it does not, or not in order */
  async stop(): Promise<void> {
    this.check()
    this.#child.kill('SIGTERM')
    const { code, signal } = await this.ended
    // Before it runs there is nothing to drain.
    const hasBegun = this.#stderr.includes('group: ')
    if (hasBegun ? code !== 130 : signal !== 'SIGTERM' && code !== 130) throw new Error(`${this.name} was to leave, and has ended with ${code ?? signal}\n${this.said}`)
  }

  /** Whatever has become of it, it is gone. */
  async end(): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill('SIGKILL')
    await this.ended
  }
}
