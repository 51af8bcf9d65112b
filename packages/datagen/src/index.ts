import type { Connector } from '@millrace/core'
import { nexmarkReaderFactory } from './nexmark/reader-factory.js'
import { datagenReaderFactory } from './reader-factory.js'

export { DATAGEN_OPTIONS } from './options.js'
export { NEXMARK_OPTIONS } from './nexmark/options.js'
export { datagenReaderFactory, nexmarkReaderFactory }

/** `'connector' = 'datagen'` */
export const connector: Connector = { name: 'datagen', reader: datagenReaderFactory }

/** `'connector' = 'nexmark'` */
export const nexmark: Connector = { name: 'nexmark', reader: nexmarkReaderFactory }
