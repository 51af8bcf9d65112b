import { channels } from './subjects/channels.js'
import { duckdb } from './subjects/duckdb.js'
import { jsonParseLoop } from './subjects/json-parse-loop.js'
import { runMillrace } from './subjects/millrace.js'
import { nexmarkQuery } from './subjects/nexmark.js'
import type { Measurement } from './measurement.js'

const SUBJECTS: Readonly<Record<string, (parameters: never) => Promise<Measurement>>> = { channels, duckdb, jsonParseLoop, millrace: runMillrace, nexmark: nexmarkQuery }

const [name = '', parameters = '{}'] = process.argv.slice(2)
const subject = SUBJECTS[name]
if (subject === undefined) throw new Error(`no bench subject ${name}`)
const measurement = await subject(JSON.parse(parameters) as never)
process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit(0))
