import type { Connector } from '@millrace/core'
import { fileReaderFactory } from './reader-factory.js'
import { fileWriterFactory } from './writer-factory.js'

/** `'connector' = 'file'`: NDJSON and CSV files, plain or compressed, read in byte ranges and written as part files. */
export const connector: Connector = { name: 'file', reader: fileReaderFactory, writer: fileWriterFactory }
