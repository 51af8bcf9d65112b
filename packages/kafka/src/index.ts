import type { Connector } from '@millrace/core'
import { kafkaReaderFactory } from './reader-factory.js'
import { kafkaWriterFactory } from './writer-factory.js'

/** `'connector' = 'kafka'`: topics of Apache Kafka, read by partition and written by transaction. */
export const connector: Connector = { name: 'kafka', reader: kafkaReaderFactory, writer: kafkaWriterFactory }
