import type { Batch, Connector, End, Reader, ReaderFactory, ScanSpec, Writer, WriterFactory } from '@millrace/core'
import { MillraceError } from '@millrace/core'
import type { SeededRandom } from '../seeded-random.js'
import type { FaultPlan } from './faults.js'
import type { History } from './history.js'
import type { Turns } from './turns.js'

const LATE_TURNS_MAX = 20
const SILENT_READS_MAX = 30

export interface Disturbance {
  readonly turns: Turns
  readonly faults: FaultPlan
  readonly random: SeededRandom
  readonly history: History
  /** Before and after output becomes visible. */
  committing(table: string, epoch: number, done: boolean): void
}

/** A connector as one process uses it: it does what it does, late, in small pieces, and now and then not. */
export function disturbed(connector: Connector, disturbance: Disturbance): Connector {
  const { name, reader, writer } = connector
  return {
    name,
    ...(reader === undefined ? {} : { reader: disturbedReaders(reader, disturbance) }),
    ...(writer === undefined ? {} : { writer: disturbedWriters(writer, disturbance) }),
  }
}

function disturbedReaders(factory: ReaderFactory, disturbance: Disturbance): ReaderFactory {
  const { faults, random } = disturbance
  return {
    options: factory.options,
    describe: (table) => factory.describe(table),
    listSplits: (table, hint) => factory.listSplits(table, hint),
    open: async (scan, split, context, position) => {
      const some: ScanSpec = faults.slows('slow-source', 2) ? { ...scan, batchRows: 1 + random.below(scan.batchRows) } : scan
      return disturbedReader(await factory.open(some, split, context, position), split.id, disturbance)
    },
  }
}

function disturbedReader(reader: Reader, splitId: string, { turns, faults, random, history }: Disturbance): Reader {
  let silentReads = 0
  const read = (): ReturnType<Reader['read']> => {
    if (silentReads > 0) {
      silentReads--
      return null
    }
    if (faults.fails('failing-source', 60)) {
      history.note(splitId, 'does not answer')
      throw new MillraceError('SOURCE_UNAVAILABLE', `split ${splitId} does not answer, as simulated`)
    }
    if (faults.slows('slow-source', 12)) {
      silentReads = random.below(SILENT_READS_MAX)
      return null
    }
    if (faults.slows('slow-source', 8)) return late()
    return reader.read()
  }
  const late = async (): Promise<Batch | null | End> => {
    await turns.wait(`reader ${splitId}`, random.below(LATE_TURNS_MAX))
    return reader.read()
  }
  return {
    read,
    position: () => reader.position(),
    close: () => reader.close(),
    ...(reader.lastPassed === undefined ? {} : { lastPassed: () => reader.lastPassed!() }),
    ...(reader.watermark === undefined ? {} : { watermark: () => reader.watermark!() }),
    ...(reader.progress === undefined ? {} : { progress: () => reader.progress!() }),
  }
}

function disturbedWriters(factory: WriterFactory, disturbance: Disturbance): WriterFactory {
  const { turns, faults, random, history, committing } = disturbance
  const aWhile = (what: string): Promise<void> => turns.wait(what, faults.slows('slow-sink', 2) ? random.below(LATE_TURNS_MAX) : 0)
  const { commit, recover, abort } = factory
  return {
    options: factory.options,
    describe: (table) => factory.describe(table),
    open: async (sink, context) => disturbedWriter(await factory.open(sink, context), disturbance),
    ...(commit === undefined ? {} : {
      commit: async (table, prepared, epoch): Promise<void> => {
        const times = faults.slows('failing-sink', 4) ? 2 : 1
        for (let time = 0; time < times; time++) {
          await aWhile(`commit of ${table.name}`)
          history.note(table.name, `commit epoch ${epoch}`)
          committing(table.name, epoch, false)
          await commit.call(factory, table, structuredClone(prepared), epoch)
          committing(table.name, epoch, true)
          await aWhile(`commit of ${table.name}`)
        }
        if (!faults.fails('failing-sink', 6)) return
        history.note(table.name, `commit of epoch ${epoch} fails when it is done`)
        throw new MillraceError('WORKER_LOST', `the commit of ${table.name} did not answer, as simulated`)
      },
    }),
    ...(recover === undefined ? {} : {
      recover: async (table, jobId, epoch): Promise<void> => {
        await aWhile(`recovery of ${table.name}`)
        history.note(table.name, `recover to epoch ${epoch}`)
        await recover.call(factory, table, jobId, epoch)
      },
    }),
    ...(abort === undefined ? {} : {
      abort: async (table, prepared): Promise<void> => {
        await aWhile(`abort of ${table.name}`)
        history.note(table.name, `abort ${prepared.length} prepared`)
        await abort.call(factory, table, prepared)
      },
    }),
  }
}

function disturbedWriter(writer: Writer, { turns, faults, random }: Disturbance): Writer {
  return {
    write: (batch) => writer.write(batch),
    ready: (idle) => {
      const wait = writer.ready(idle)
      if (!faults.slows('slow-sink', 10)) return wait
      return Promise.resolve(wait).then(() => turns.wait('writer', random.below(LATE_TURNS_MAX)))
    },
    prepare: async (epoch) => {
      // The epoch ends with the call, however long the rest takes.
      const handle = writer.prepare(epoch)
      handle.catch(() => {})
      if (faults.has('slow-sink')) await turns.wait('writer', random.below(LATE_TURNS_MAX))
      return handle
    },
    close: () => writer.close(),
  }
}
