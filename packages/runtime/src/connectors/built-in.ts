import type { Connector } from '@millrace/core'
import { blackhole } from './blackhole.js'
import { memoryConnector } from './memory.js'
import type { MemoryStore } from './memory-store.js'
import { result } from './result.js'
import type { SinkChannel } from './sink-channel.js'
import { stdoutConnector } from './stdout.js'

export const BUILT_IN_NAMES = ['stdout', 'print', 'blackhole', 'memory', 'result'] as const

/** The connectors that need no package. On the main thread they have the job's store, in a worker its channel. */
export function builtInConnector(name: string, store: MemoryStore | null, channel: SinkChannel | null): Connector | undefined {
  switch (name) {
    case 'stdout': case 'print': return stdoutConnector(channel)
    case 'blackhole': return blackhole
    case 'memory': return memoryConnector(store, channel)
    case 'result': return result
    default: return undefined
  }
}
