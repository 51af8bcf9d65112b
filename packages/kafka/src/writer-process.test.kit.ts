import { batchFromRows, INT, type SinkSpec } from '@millrace/core'
import { connector } from './index.js'

/**
 * A process that prepares the transaction of an epoch, tells its handle, writes on, and then waits for its end: run by a test, with the
 * table as its argument.
 */
const sink = JSON.parse(process.argv[2]!) as SinkSpec
const writer = await connector.writer!.open(sink, {
  shared: (_key, create) => create(), meter: { bytesOut: 0 }, nowMicros: () => Date.now() * 1_000, signal: new AbortController().signal,
})
const write = async (from: number): Promise<void> => {
  writer.write(batchFromRows(Array.from({ length: 10 }, (_, i) => [from + i]), [{ name: 'id', type: INT, nullable: true }]))
  await writer.ready(true)
}
await write(0)
const handle = await writer.prepare(1)
await write(10)
// So that its next transaction is open when it is killed.
setTimeout(() => process.stdout.write(`${JSON.stringify(handle)}\n`), 300)
setInterval(() => {}, 60_000)
