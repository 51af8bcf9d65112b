// Starts the tally server with 40,000 visits in eight partitions, runs job.sql on two workers, prints what it wrote.
import { millrace } from '@millrace/runtime'
import { readFileSync } from 'node:fs'
import { startTallyServer } from './tally-server.js'

const visits = Array.from({ length: 8 }, (_, partition) =>
  Array.from({ length: 5_000 }, (_, i) => {
    const page = (i * 7 + partition) % 40
    return { page: `/page/${page}`, ms: page * 20 + ((i * 31 + partition * 17) % 200) }
  }))
const server = await startTallyServer({ visits })

const sql = readFileSync(new URL('job.sql', import.meta.url), 'utf8')
const job = await millrace.run(sql, { workers: 2, params: { port: String(server.port) }, baseDirectory: import.meta.dirname })
const { rowsIn, workers } = await job.done

console.log((server.logs.slow_pages ?? []).flat().sort((a, b) => a.page.localeCompare(b.page)))
// Two questions of the planner, then at most one connection for each table in each worker, however many partitions there are.
const few = server.connections() <= 2 + 2 * workers.length
console.log(`${rowsIn} visits in ${visits.length} partitions read by ${workers.length} workers; few connections: ${few}`)
server.close()
