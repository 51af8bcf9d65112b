import {
  ByteBuffer, type Connector, formatOf, FORMAT_OPTIONS, type OptionTable, type SinkSpec, type Writer, type WriteMeter,
} from '@millrace/core'
import type { SinkChannel } from './sink-channel.js'

const OPTIONS: OptionTable = {
  ...FORMAT_OPTIONS,
  format: {
    type: 'string', values: ['json', 'ndjson', 'csv', 'raw', 'debezium-json'], default: 'json', doc: 'How rows are written, one a line.',
  },
}

/** Tells a format that a newline ends each record. */
const IN_LINES = { 'record.borders': 'newlines' }

/** Bytes of lines that are sent at once at least, unless nothing more comes. */
const SEND_BYTES = 65_536

/**
 * Writes rows as lines to standard output. Every worker encodes its own and hands them over in whole lines to the main
 * thread, which alone writes: so lines never mix, and a slow pipe holds the workers back.
 */
export function stdoutConnector(channel: SinkChannel | null): Connector {
  return {
    name: 'stdout',
    writer: {
      options: OPTIONS,
      describe: async (table) => {
        const name = table.options['format'] ?? 'json'
        const format = formatOf(name, table)
        format.check(table)
        return { accepts: format.writesKinds === true ? 'retract' : 'append', guarantee: 'at-least-once', single: false, summary: `${name} lines` }
      },
      open: async (sink, context) => newWriter(sink, channel!, context.meter),
    },
  }
}

function newWriter(sink: SinkSpec, channel: SinkChannel, meter: WriteMeter): Writer {
  const format = formatOf(sink.table.options['format'] ?? 'json', sink.table)
  const encoder = format.encoder(sink.table.columns, { ...sink.table.options, ...IN_LINES }, sink.mode === 'retract', sink.table)
  const buffer = new ByteBuffer()
  const send = (): void => {
    if (buffer.length === 0) return
    meter.bytesOut += buffer.length
    channel.sendBytes(sink.table.name, buffer.view())
    buffer.clear()
  }
  return {
    write(batch) {
      encoder.encode(batch, 0, batch.length, buffer)
      if (buffer.length >= SEND_BYTES) send()
    },
    ready(idle) {
      if (idle) send()
      return channel.flush() ? undefined : channel.drain()
    },
    async prepare(epoch) {
      send()
      await channel.endEpoch(sink.table.name, epoch)
      return null
    },
    async close() {},
  }
}
