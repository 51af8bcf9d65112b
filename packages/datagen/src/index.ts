import type { Connector } from '@millrace/core'
import { datagenReaderFactory } from './reader-factory.js'

export { DATAGEN_OPTIONS } from './options.js'
export { datagenReaderFactory }

/** `'connector' = 'datagen'` */
export const connector: Connector = { name: 'datagen', reader: datagenReaderFactory }
