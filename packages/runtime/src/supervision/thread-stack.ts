import { Session } from 'node:inspector'

/**
 * Where a thread is, although it never comes back to its event loop: the inspector stops it for an instant, as a debugger would.
 *
 * @returns lines as in the stack of an error, innermost call first; null where the thread did not stop within `timeoutMs` (it is in native
 *   code) or is gone
 */
export async function stackOfThread(threadId: number, timeoutMs: number): Promise<string | null> {
  const session = new Session()
  session.connect()
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise<string | null>((resolve, reject) => {
      timer = setTimeout(() => resolve(null), timeoutMs)
      look(session, String(threadId), resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    session.post('NodeWorker.disable')
    session.disconnect()
  }
}

/** The parts of the inspector's protocol that are used: `NodeWorker` of Node, `Debugger` of V8. */
interface Attached {
  readonly sessionId: string
  readonly workerInfo: { readonly workerId: string }
}

interface CallFrame {
  readonly functionName: string
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number }
}

function look(session: Session, workerId: string, resolve: (stack: string) => void, reject: (error: Error) => void): void {
  const urls = new Map<string, string>()
  let sessionId: string | null = null
  let lastId = 0
  const send = (method: string): void => {
    session.post('NodeWorker.sendMessageToWorker', { sessionId: sessionId!, message: JSON.stringify({ id: ++lastId, method }) })
  }
  session.on('NodeWorker.attachedToWorker', ({ params }: { params: Attached }) => {
    if (params.workerInfo.workerId !== workerId) return
    ({ sessionId } = params)
    send('Debugger.enable')
    send('Debugger.pause')
  })
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }: { params: { readonly sessionId: string; readonly message: string } }) => {
    if (params.sessionId !== sessionId) return
    const { method, params: told } = JSON.parse(params.message) as { method?: string; params?: { scriptId: string; url: string; callFrames: CallFrame[] } }
    if (method === 'Debugger.scriptParsed') urls.set(told!.scriptId, told!.url)
    if (method !== 'Debugger.paused') return
    send('Debugger.resume')
    send('Debugger.disable')
    resolve(told!.callFrames.map((frame) => lineOf(frame, urls)).join('\n'))
  })
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false }, (error) => {
    if (error !== null) reject(error)
  })
}

function lineOf({ functionName, location }: CallFrame, urls: ReadonlyMap<string, string>): string {
  const url = urls.get(location.scriptId)
  // Generated code has no address.
  const place = `${url === undefined || url === '' ? '<generated>' : url}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`
  return functionName === '' ? `    at ${place}` : `    at ${functionName} (${place})`
}
