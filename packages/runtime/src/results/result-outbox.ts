import { encodeBatch, encodedSize, type Batch } from '@millrace/core'
import { Outbox } from '../exchange/outbox.js'
import type { RingMemory } from '../exchange/ring.js'
import { IDLE_SLEEP_MS } from '../limits.js'
import { sleepMs } from '../turn.js'

/** A message to the main thread: node id of the sink and kind as 32-bit integers, then the batch or the bytes. */
export const RESULT_HEAD_BYTES = 8
export const RESULT = { batch: 1, bytes: 2, epoch: 3 } as const

/** One worker's way to the main thread, shared by its sinks: result rows, memory tables, lines for stdout. */
export class ResultOutbox {
  readonly #outbox: Outbox

  constructor(memory: RingMemory) {
    this.#outbox = new Outbox(memory)
  }

  sendBatch(nodeId: number, batch: Batch): void {
    this.#send(nodeId, RESULT.batch, encodedSize(batch), (bytes, offset) => void encodeBatch(batch, bytes, offset))
  }

  sendBytes(nodeId: number, payload: Uint8Array): void {
    this.#send(nodeId, RESULT.bytes, payload.length, (bytes, offset) => bytes.set(payload, offset))
  }

  /** What the sink has sent so far belongs to the epoch. */
  sendEpoch(nodeId: number, epoch: number): void {
    this.#send(nodeId, RESULT.epoch, 8, (bytes, offset) => new DataView(bytes.buffer, bytes.byteOffset + offset).setFloat64(0, epoch, true))
  }

  #send(nodeId: number, kind: number, payloadBytes: number, encode: (bytes: Uint8Array, offset: number) => void): void {
    this.#outbox.send(RESULT_HEAD_BYTES + payloadBytes, (bytes, offset) => {
      const head = new Int32Array(bytes.buffer, bytes.byteOffset + offset, 2)
      head[0] = nodeId
      head[1] = kind
      encode(bytes, offset + RESULT_HEAD_BYTES)
    })
  }

  flush(): boolean {
    return this.#outbox.flush()
  }

  /** Waits until everything has left, or until the job stops. */
  async drain(signal: AbortSignal): Promise<void> {
    while (!this.#outbox.flush() && !signal.aborted) await sleepMs(IDLE_SLEEP_MS)
  }

  /** Waits until the main thread is done with everything that was sent before, or until the job stops. */
  async settle(signal: AbortSignal): Promise<void> {
    await this.drain(signal)
    const { tail } = this.#outbox
    while (!this.#outbox.isTaken(tail) && !signal.aborted) await sleepMs(IDLE_SLEEP_MS)
  }
}
