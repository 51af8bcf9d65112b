// The targets of scripts/fuzz.mjs that are formats of messages.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formats as avro } from '../packages/avro/dist/index.js'
import { startSchemaRegistry } from '../packages/avro/dist/testing/schema-registry.js'
import { array, BIGINT, BYTES, decimal, DOUBLE, formatOf, INT, map, row, STRING, timestampLtz } from '../packages/core/dist/index.js'
import { formats as protobuf } from '../packages/protobuf/dist/index.js'
import { formatTarget } from '../packages/testing/dist/format-target.test.kit.js'

const COLUMNS = {
  id: BIGINT, name: STRING, price: DOUBLE, data: BYTES, at: timestampLtz(6), tags: array(STRING), dict: map(STRING, INT),
  line: row([{ name: 'a', type: STRING }, { name: 'b', type: array(BIGINT) }]),
}
const ROWS = [
  [1n, 'ada', 0.5, Uint8Array.of(1, 2, 3), 1_767_225_600_123_456, ['x', 'y'], new Map([['k', 1], ['l', -1]]), ['z', [1n, 2n ** 60n]]],
  [-(2n ** 63n), 'ä😀', -1e300, Uint8Array.of(), -1, [], new Map(), [null, []]],
]
const PROTO = `syntax = "proto3"; import "google/protobuf/timestamp.proto";
message Order { optional int64 id = 1; optional string name = 2; optional double price = 3; optional bytes data = 4; google.protobuf.Timestamp at = 5;
  repeated string tags = 6; map<string, int32> dict = 7; Line line = 8; message Line { optional string a = 1; repeated int64 b = 2; } }`

function table(columns, options = {}) {
  return {
    name: 't', connector: 'kafka', options, primaryKey: [], partitionedBy: [], baseDirectory: options.directory ?? '/',
    columns: Object.entries(columns).map(([name, type]) => ({ name, type, nullable: true, metadata: null })),
  }
}

/** @returns the targets, and what closes what they need */
export async function formatTargets() {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'))
  writeFileSync(join(directory, 'order.proto'), PROTO)
  const registry = await startSchemaRegistry()
  const named = (formats, name) => formats.find((format) => format.name === name)
  const money = { ...COLUMNS, m: decimal(20, 4) }
  const rows = ROWS.map((values) => [...values, 12345n])
  const targets = await Promise.all([
    formatTarget(formatOf('raw'), table({ v: BIGINT }), [[1n]]),
    formatTarget(formatOf('debezium-json'), table(money), rows),
    formatTarget(named(avro, 'avro'), table(money), rows),
    formatTarget(named(avro, 'avro-confluent'), table(money, { 'topic': 't', 'avro-confluent.url': registry.url }), rows),
    formatTarget(protobuf[0], table(COLUMNS, { directory, 'protobuf.schema-file': 'order.proto', 'protobuf.message-name': 'Order' }), ROWS),
  ])
  return { targets, close: () => registry.close() }
}
