import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Chance } from '../differential/chance.js'

/** A job over the files of {@link writeInputs}, from files to files. */
export interface RecoveryJob {
  readonly name: string
  /** @param out path of its table, @param input directory of the events */
  readonly sql: (out: string, input: string) => string
  /** The table is one file. */
  readonly single?: true
  /** The lines are a changelog: what they come to is compared. */
  readonly changes?: true
}

const FILES = 4

/** Events in four files, about in order of their time, and their users. The same for the same seed. */
export function writeInputs(folder: string, seed: number, rows: number): void {
  const chance = new Chance(seed)
  mkdirSync(join(folder, 'events'), { recursive: true })
  for (let file = 0; file < FILES; file++) {
    const lines: string[] = []
    for (let i = 0; i < rows / FILES; i++) {
      const id = file * (rows / FILES) + i
      // Some are so far behind that they are late where time counts.
      const ms = 1_767_225_600_000 + i * 200 - (chance.maybe(0.01) ? 60_000 : chance.between(0, 4_000))
      const at = new Date(ms).toISOString().replace('T', ' ').slice(0, -1)
      lines.push(`{"id":${id},"name":"user ${chance.between(0, 996)}","page":"/p/${chance.between(0, 100)}","amount":${chance.between(0, 999)},"at":"${at}"}`)
    }
    writeFileSync(join(folder, 'events', `events-${file}.ndjson`), `${lines.join('\n')}\n`)
  }
  const users = Array.from({ length: 900 }, (_, i) => `user ${i},${['FI', 'NL', 'UK', 'US'][i % 4]!}`)
  writeFileSync(join(folder, 'users.csv'), `${users.join('\n')}\n`)
}

const events = (input: string, options = ''): string => `
  SET 'batch.rows' = '32';
  SET 'compile' = 'false';
  CREATE TABLE events (id INT, name STRING, page STRING, amount INT, at TIMESTAMP(3), WATERMARK FOR at AS at - INTERVAL '5' SECOND)
    WITH ('connector' = 'file', 'path' = '${input}/events', 'format' = 'json', 'split-bytes' = '400kb'${options});
  CREATE TABLE users (name STRING, country STRING) WITH ('connector' = 'file', 'path' = '${input}/users.csv', 'format' = 'csv');`
const REPLAY = `, 'scan.replay' = 'true'`
const out = (path: string, columns: string, options = '', rest = ''): string =>
  `CREATE TABLE result (${columns}) ${rest} WITH ('connector' = 'file', 'path' = '${path}', 'format' = 'json'${options});`

const TUMBLE = `INSERT INTO result SELECT window_start, page, count(*), sum(amount), max(id)
  FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(at), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, page;`
const WINDOW_COLUMNS = 'at TIMESTAMP(3), page STRING, n BIGINT, total BIGINT, last INT'

export const RECOVERY_JOBS: readonly RecoveryJob[] = [
  {
    name: 'filter and projection into part files',
    sql: (path, input) => `${events(input)} ${out(path, 'id INT, page STRING, twice INT')}
      INSERT INTO result SELECT id, upper(page), amount * 2 FROM events WHERE amount > 100;`,
  },
  {
    name: 'filter and projection into folders, compressed',
    sql: (path, input) => `${events(input)} ${out(path, 'id INT, amount INT, page STRING', `, 'compression' = 'gzip'`, 'PARTITIONED BY (page)')}
      INSERT INTO result SELECT id, amount, page FROM events WHERE page < '/p/12';`,
  },
  {
    name: 'filter and projection into one file',
    single: true,
    sql: (path, input) => `${events(input)} ${out(path, 'id INT, amount INT', `, 'single-file' = 'true'`)}
      INSERT INTO result SELECT id, amount FROM events WHERE amount < 300;`,
  },
  { name: 'windows', sql: (path, input) => `${events(input)} ${out(path, WINDOW_COLUMNS)} ${TUMBLE}` },
  { name: 'windows of a stream with late rows', sql: (path, input) => `${events(input, REPLAY)} ${out(path, WINDOW_COLUMNS)} ${TUMBLE}` },
  {
    name: 'join',
    sql: (path, input) => `${events(input)} ${out(path, 'id INT, name STRING, country STRING')}
      INSERT INTO result SELECT e.id, e.name, u.country FROM events AS e LEFT JOIN users AS u ON e.name = u.name WHERE e.amount > 500;`,
  },
  {
    name: 'top 3 of each page',
    sql: (path, input) => `${events(input)} ${out(path, 'page STRING, id INT, amount INT, place BIGINT')}
      INSERT INTO result SELECT page, id, amount, place FROM
        (SELECT page, id, amount, row_number() OVER (PARTITION BY page ORDER BY amount DESC, id) AS place FROM events) AS ranked WHERE place <= 3;`,
  },
  {
    name: 'changes of groups',
    changes: true,
    sql: (path, input) => `${events(input)} ${out(path, 'page STRING, n BIGINT, total BIGINT')}
      INSERT INTO result SELECT page, count(*), sum(amount) FROM events GROUP BY page EMIT CHANGES;`,
  },
  {
    name: 'groups beyond memory',
    sql: (path, input) => `${events(input)} ${out(path, 'name STRING, page STRING, n BIGINT, total BIGINT, last INT')} SET 'state.memory-limit' = '128kb';
      INSERT INTO result SELECT name, page, count(*), sum(amount), max(id) FROM events GROUP BY name, page;`,
  },
]

export interface RunPlace {
  /** Holds all of the run: what it writes beside its table, too. */
  readonly folder: string
  readonly sqlFile: string
  readonly out: string
  readonly checkpoints: string
}

let made = 0

/** A fresh place for a run of the job. */
export function placeOf(folder: string, job: RecoveryJob): RunPlace {
  const place = join(folder, `run-${made++}`)
  mkdirSync(place)
  const out = join(place, job.single === true ? 'out.ndjson' : 'out')
  const sqlFile = join(place, 'job.sql')
  writeFileSync(sqlFile, job.sql(out, folder))
  return { folder: place, sqlFile, out, checkpoints: join(place, 'checkpoints') }
}

/** For {@link RunPlace.out} of jobs that print. */
export const PRINTING_JOB: RecoveryJob = {
  name: 'filter and projection to stdout',
  sql: (_path, input) => `${events(input)} CREATE TABLE result (id INT, amount INT) WITH ('connector' = 'stdout');
    INSERT INTO result SELECT id, amount FROM events WHERE amount < 200;`,
}

/** All lines that anyone finds in a job's table, sorted; those of a changelog folded first. */
export function written(job: RecoveryJob, path: string): string {
  const lines = filesOf(job, path).flatMap((file) => textOf(file).split('\n').slice(0, -1).map((line) => line + folderOf(path, file)))
  return (job.changes === true ? folded(lines) : lines).sort().join('\n')
}

const textOf = (file: string): string => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)).toString() : readFileSync(file, 'utf8'))

/** Paths of what anyone finds there. */
function filesOf(job: RecoveryJob, path: string): string[] {
  if (job.single === true) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map((entry) => join(entry.parentPath, entry.name))
}

const folderOf = (path: string, file: string): string => /\/([^/]*=[^/]*)\/[^/]*$/.exec(file.slice(path.length))?.[1] ?? ''

function folded(lines: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of lines) {
    const [, sign, row] = /^\{"op":"([+-]).",(.*)$/.exec(line)!
    counts.set(row!, (counts.get(row!) ?? 0) + (sign === '+' ? 1 : -1))
  }
  return [...counts].flatMap(([row, count]) => (count === 0 ? [] : [`${count} ${row}`]))
}
