import { assert, type CheckpointStore, type CheckpointStoreFactory, MillraceError, retryingStore } from '@millrace/core'
import { sleepMs } from '../turn.js'
import type { MessagePort } from 'node:worker_threads'
import { openDirectoryStore } from './directory-store.js'
import { ProcessStore, storeBehind } from './process-store.js'
import type { StoreAddress } from './store-address.js'

/**
 * Opens the store at an address, on the main thread or in a worker. What fails for a while is asked again.
 *
 * @param isWanted false once the job is stopping
 * @param port in a worker: leads to a store that the main thread keeps
 * @throws MillraceError OPTION_INVALID, CHECKPOINT_UNREADABLE, CHECKPOINT_UNWRITABLE
 */
export async function openStore(address: StoreAddress, isWanted: () => boolean = () => true, port: MessagePort | null = null): Promise<CheckpointStore> {
  if (address.kind === 'process') return port === null ? processStore(address.id) : storeBehind(port)
  const store = address.kind === 'directory' ? await openDirectoryStore(address.path) : await (await factoryOf(address.url)).open(address.address)
  return retryingStore(store, sleepMs, isWanted)
}

function processStore(id: string): ProcessStore {
  const store = ProcessStore.find(id)
  assert(store !== null, 'a store in the process is there until its job has ended')
  return store
}

async function factoryOf(url: string): Promise<CheckpointStoreFactory> {
  let module: { checkpointStore?: unknown }
  try {
    module = (await import(url)) as typeof module
  } catch (cause) {
    throw new MillraceError('OPTION_INVALID', `${url}, which keeps the checkpoints, cannot be loaded: ${(cause as Error).message}`, {}, { cause })
  }
  const factory = module.checkpointStore as Partial<CheckpointStoreFactory> | undefined
  if (typeof factory?.open === 'function') return factory as CheckpointStoreFactory
  throw new MillraceError('OPTION_INVALID', `${url} exports no 'checkpointStore' (an object with open)`)
}
