import type { AfterCheckpoint } from '@millrace/core'
import { expose } from 'comlink'
import { PipelineHost } from './pipeline-host.js'
import type { WorkerTask } from './worker-protocol.js'

/**
 * What a thread of the pool runs: one pipeline, for as long as the main thread holds the other end of `port`. Loaded as
 * built JavaScript: threads do not start from TypeScript.
 */
export default async function runPipeline({ start, port, storePort }: WorkerTask): Promise<void> {
  const host = new PipelineHost(start, storePort)
  const released = new Promise<void>((resolve) => port.once('close', resolve))
  expose(
    {
      open: () => host.open(),
      run: () => host.run(),
      barrier: (epoch: number, after: AfterCheckpoint) => host.barrier(epoch, after),
      prepare: (epoch: number) => host.prepare(epoch),
      stop: () => host.stop(),
      close: () => host.close(),
    },
    // comlink's endpoint is a browser's; Node's port has all that it uses.
    port as never,
  )
  await released
  host.stop()
  await host.close()
  storePort?.close()
}
