import { Session } from 'node:inspector'

/**
 * Where a thread is, although it never comes back to its event loop: it is profiled for an instant, which works in the middle of an
 * optimised loop, where a debugger's pause may wait for ever. One look at a time.
 *
 * @returns lines as in the stack of an error, innermost call first; null where the thread did not answer within `timeoutMs` (it is in native
 *   code) or is gone
 */
export async function stackOfThread(threadId: number, timeoutMs: number): Promise<string | null> {
  inspector ??= new ThreadInspector()
  return inspector.stackOf(String(threadId), timeoutMs)
}

/** One for the process, from the first look on: Node attaches workers to no second session once a first was closed. */
let inspector: ThreadInspector | null = null

/** Long enough for some tens of samples. */
const PROFILE_MS = 50

/** The parts of the inspector's protocol that are used: `NodeWorker` of Node, `Profiler` of V8. */
interface Attached {
  readonly sessionId: string
  readonly workerInfo: { readonly workerId: string }
}

interface Profile {
  readonly nodes: readonly ProfileNode[]
  /** Nodes, one a sample. */
  readonly samples: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly children?: readonly number[]
  /** Lines and columns from 0. */
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number; readonly columnNumber: number }
}

interface Answer {
  readonly id?: number
  readonly result?: { readonly profile?: Profile }
}

class ThreadInspector {
  readonly #session = new Session()
  /** Of the workers there are, by thread. */
  readonly #sessionIds = new Map<string, string>()
  readonly #asked = new Map<number, (answer: Answer) => void>()
  #lastId = 0

  constructor() {
    this.#session.connect()
    this.#session.on('NodeWorker.attachedToWorker', ({ params }: { params: Attached }) => {
      this.#sessionIds.set(params.workerInfo.workerId, params.sessionId)
    })
    this.#session.on('NodeWorker.detachedFromWorker', ({ params }: { params: { readonly sessionId: string } }) => {
      for (const [thread, sessionId] of this.#sessionIds) if (sessionId === params.sessionId) this.#sessionIds.delete(thread)
    })
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }: { params: { readonly message: string } }) => {
      const answer = JSON.parse(params.message) as Answer
      this.#asked.get(answer.id ?? -1)?.(answer)
    })
    this.#session.post('NodeWorker.enable', { waitForDebuggerOnStart: false })
  }

  async stackOf(thread: string, timeoutMs: number): Promise<string | null> {
    // Workers are attached a turn after the session was, or after they were made.
    await new Promise((resolve) => setImmediate(resolve))
    const sessionId = this.#sessionIds.get(thread)
    if (sessionId === undefined) return null
    let timer: NodeJS.Timeout | undefined
    const up = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), timeoutMs)))
    try {
      return await Promise.race([this.#profile(sessionId), up])
    } finally {
      clearTimeout(timer)
      this.#asked.clear()
    }
  }

  async #profile(sessionId: string): Promise<string | null> {
    await this.#ask(sessionId, 'Profiler.enable')
    await this.#ask(sessionId, 'Profiler.start')
    await new Promise((resolve) => setTimeout(resolve, PROFILE_MS))
    const { result } = await this.#ask(sessionId, 'Profiler.stop')
    await this.#ask(sessionId, 'Profiler.disable')
    return result?.profile === undefined ? null : stackIn(result.profile)
  }

  #ask(sessionId: string, method: string): Promise<Answer> {
    const id = ++this.#lastId
    const answer = new Promise<Answer>((resolve) => this.#asked.set(id, resolve))
    this.#session.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method }) })
    return answer
  }
}

/** The place that most samples are of. */
function stackIn({ nodes, samples }: Profile): string | null {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)))
  const counts = new Map<number, number>()
  for (const id of samples) if (isScript(byId.get(id)!)) counts.set(id, (counts.get(id) ?? 0) + 1)
  const [most] = [...counts].sort(([, a], [, b]) => b - a)
  const lines: string[] = []
  for (let id = most?.[0]; id !== undefined; id = parents.get(id)) if (isScript(byId.get(id)!)) lines.push(lineOf(byId.get(id)!))
  return lines.length === 0 ? null : lines.join('\n')
}

/** The profiler's own entries are `(root)`, `(program)`, `(garbage collector)` and the like. */
function isScript({ callFrame: { functionName } }: ProfileNode): boolean {
  return !functionName.startsWith('(')
}

function lineOf({ callFrame: { functionName, url, lineNumber, columnNumber } }: ProfileNode): string {
  // Generated code has no address.
  const place = `${url === '' ? '<generated>' : url}:${lineNumber + 1}:${columnNumber + 1}`
  return functionName === '' ? `    at ${place}` : `    at ${functionName} (${place})`
}
