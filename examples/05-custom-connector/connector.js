// A connector for the tally server beside it: a TCP service that keeps logs of JSON objects in numbered partitions.
// A partition is a split; all readers of a table in one worker share one connection.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { END, MillraceError, OptionValues, batchFromRows, batchToRows, valueFromJson, valueToJson } from '@millrace/core'

const OPTIONS = {
  log: { type: 'string', required: true, doc: 'Name of the log.' },
  port: { type: 'integer', required: true, minimum: 1, maximum: 65_535, doc: 'Port of the server on this machine.' },
}

/** One connection: requests are answered in order, so a queue of waiting promises is all the bookkeeping there is. */
class Connection {
  #socket
  #waiting = []
  #broken = null

  constructor(port) {
    this.#socket = connect(port, '127.0.0.1')
    createInterface({ input: this.#socket }).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)))
    const fail = (error) => {
      this.#broken ??= new MillraceError('SOURCE_UNAVAILABLE', `tally server on port ${port}: ${error?.message ?? 'connection closed'}`)
      for (const { reject } of this.#waiting.splice(0)) reject(this.#broken)
    }
    this.#socket.on('error', fail).on('close', fail)
  }

  ask(request) {
    if (this.#broken) return Promise.reject(this.#broken)
    this.#socket.write(`${JSON.stringify(request)}\n`)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  close() {
    this.#socket.destroy()
  }
}

/** The worker's connection for a table: opened by the first reader or writer that needs it, closed with the pipeline. */
function connectionOf(table, context) {
  const port = new OptionValues(table.options, OPTIONS).number('port')
  return context.shared(`tally ${port}`, () => new Connection(port))
}

/** For planning, on the main thread: a connection for one question. */
async function askOnce(table, request) {
  const connection = new Connection(new OptionValues(table.options, OPTIONS).number('port'))
  try {
    return await connection.ask(request)
  } finally {
    connection.close()
  }
}

class TallyReader {
  constructor(scan, split, connection, position) {
    Object.assign(this, { scan, split, connection, next: position ?? 0, ended: false })
  }

  async read() {
    if (this.ended) return END
    const { log, partition } = this.split.detail
    const objects = await this.connection.ask({ read: log, partition, from: this.next, count: this.scan.batchRows })
    if (objects.length === 0) {
      this.ended = true
      return END
    }
    this.next += objects.length
    const { columns } = this.scan
    return batchFromRows(objects.map((object) => columns.map(({ name, type }) => valueFromJson(object[name] ?? null, type))), columns)
  }

  position() {
    return this.next
  }

  async close() {}
}

const reader = {
  options: OPTIONS,

  async describe(table) {
    const counts = await askOnce(table, { sizes: table.options.log })
    const summary = `tally log ${table.options.log}, ${counts.length} partitions`
    return { bounded: true, filters: false, splitKey: [], metadata: {}, summary }
  },

  async listSplits(table) {
    const { log } = table.options
    const counts = await askOnce(table, { sizes: log })
    return counts.map((weight, partition) => ({ id: `${log}/${partition}`, weight, bounded: true, detail: { log, partition } }))
  },

  async open(scan, split, context, position) {
    return new TallyReader(scan, split, connectionOf(scan.table, context), position)
  },
}

class TallyWriter {
  #objects = []

  constructor(sink, connection) {
    Object.assign(this, { sink, connection })
  }

  write(batch) {
    const { columns } = this.sink.table
    for (const row of batchToRows(batch, columns)) {
      this.#objects.push(Object.fromEntries(columns.map(({ name, type }, i) => [name, valueToJson(row[i], type)])))
    }
  }

  /** A promise while rows are on their way: the pipeline waits, which is the back-pressure. */
  ready() {
    if (this.#objects.length === 0) return
    const objects = this.#objects.splice(0)
    return this.connection.ask({ append: this.sink.table.options.log, partition: this.sink.workerIndex, objects })
  }

  async prepare() {
    await this.ready()
    return null
  }

  async close() {}
}

const writer = {
  options: OPTIONS,

  async describe(table) {
    return { accepts: 'append', guarantee: 'none', single: false, summary: `tally log ${table.options.log}` }
  },

  async open(sink, context) {
    return new TallyWriter(sink, connectionOf(sink.table, context))
  },
}

export const connector = { name: 'tally', reader, writer }
