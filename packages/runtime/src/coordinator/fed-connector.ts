import { assert, type BlockDecoder, type Connector, MillraceError, type ReaderContext, type ScanSpec } from '@millrace/core'
import { type Feed, FedReader } from './fed-reader.js'
import type { FedSplitDetail } from './fed-splits.js'

/** A connector whose readers take what the main thread has read; all else of it is as it was. */
export function fedConnector(connector: Connector, feeds: ReadonlyMap<number, Feed>): Connector {
  const { reader } = connector
  if (reader === undefined) return connector
  return {
    ...connector,
    reader: {
      options: reader.options,
      describe: (table) => reader.describe(table),
      listSplits: (table, hint) => reader.listSplits(table, hint),
      open: async (scan, split, context) => {
        const { scanNodeId, unit } = split.detail as FedSplitDetail
        const feed = feeds.get(scanNodeId)
        assert(feed !== undefined, 'a fed split belongs to a scan with a feed')
        return new FedReader(feed, unit, scan, context, () => newDecoder(connector, scan, context))
      },
    },
  }
}

function newDecoder(connector: Connector, scan: ScanSpec, context: ReaderContext): BlockDecoder {
  const blocks = connector.reader?.blocks
  if (blocks === undefined) throw new MillraceError('INTERNAL', `broken rule: connector '${connector.name}' sent blocks and has no decoder`)
  return blocks.decoder(scan, context)
}
