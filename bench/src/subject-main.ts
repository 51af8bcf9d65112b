import { channels } from './subjects/channels.js'
import { checkpointed } from './subjects/checkpointed.js'
import { duckdb } from './subjects/duckdb.js'
import { jsonParseLoop } from './subjects/json-parse-loop.js'
import { kafkajsLoop } from './subjects/kafkajs-loop.js'
import { runMillrace } from './subjects/millrace.js'
import { nexmarkQuery } from './subjects/nexmark.js'
import { recovery } from './subjects/recovery.js'
import { soak } from './subjects/soak.js'
import type { Measurement } from './measurement.js'

const SUBJECTS: Readonly<Record<string, (parameters: never) => Promise<Measurement>>> = {
  channels, checkpointed, duckdb, jsonParseLoop, kafkajsLoop, millrace: runMillrace, nexmark: nexmarkQuery, recovery, soak,
}

const [name = '', parameters = '{}'] = process.argv.slice(2)
const subject = SUBJECTS[name]
if (subject === undefined) throw new Error(`no bench subject ${name}`)
const measurement = await subject(JSON.parse(parameters) as never)
process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit(0))
