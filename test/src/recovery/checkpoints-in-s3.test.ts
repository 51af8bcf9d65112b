import { createRuntime } from '@millrace/runtime'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ROOT } from '../docs/markdown.js'

/** What this needs of the server that the tests of `@millrace/s3` have. */
interface S3TestServer {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly objects: ReadonlyMap<string, Uint8Array>
  readonly mishaps: (object | null)[]
  stop(): Promise<void>
}

interface Kit {
  readonly S3TestServer: { start(options: object): Promise<S3TestServer> }
}

let server: S3TestServer
let folder: string
const before = { ...process.env }

beforeEach(async () => {
  const kit = (await import(join(ROOT, 'packages/s3/dist/s3-server.test.kit.js'))) as Kit
  server = await kit.S3TestServer.start({ bucket: 'state', pageKeys: 3 })
  folder = mkdtempSync(join(tmpdir(), 'millrace-s3-'))
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey, AWS_REGION: server.region,
    AWS_ENDPOINT_URL_S3: server.endpoint,
  })
})

afterEach(async () => {
  process.env = { ...before }
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('a job is suspended and goes on from a bucket, at other numbers of workers, while the store fails now and then', async () => {
  const sql = `
    CREATE TABLE r (v BIGINT) WITH (
      'connector' = 'datagen', 'number-of-rows' = '100000', 'rows-per-second' = '100000', 'fields.v.kind' = 'sequence', 'fields.v.min' = '0'
    );
    CREATE TABLE out (k INT, n BIGINT, total BIGINT) WITH ('connector' = 'file', 'path' = 'out', 'format' = 'csv');
    INSERT INTO out SELECT MOD(v, 1000), COUNT(*), SUM(v) FROM r GROUP BY MOD(v, 1000)`
  /** True if it was suspended. */
  const run = async (workers: number, restore: boolean, drainMs: number): Promise<boolean> => {
    const runtime = createRuntime({ workers })
    const checkpoint = { address: 's3://state/jobs/a', intervalMs: 20, restore }
    const job = await runtime.run(sql, { baseDirectory: folder, resolveFrom: [join(ROOT, 'test')], workers, checkpoint })
    const drained = setTimeout(() => void job.drain(), drainMs)
    server.mishaps.push(null, null, null, { kind: 'refuse', status: 503, code: 'SlowDown' }, null, { kind: 'cut', when: 'before' })
    await job.done
    clearTimeout(drained)
    await runtime.close()
    return job.suspended
  }
  expect(await run(1, false, 50)).toBe(true)
  expect([...server.objects.keys()].some((key) => key.endsWith('/manifest'))).toBe(true)
  expect(await run(4, true, 300)).toBe(true)
  expect(await run(2, true, 60_000)).toBe(false)
  const lines = readdirSync(join(folder, 'out')).flatMap((name) => readFileSync(join(folder, 'out', name), 'utf8').trimEnd().split('\n'))
  const expected = Array.from({ length: 1_000 }, (_, k) => `${k},100,${100 * k + 1_000 * ((99 * 100) / 2)}`)
  expect(lines.filter((line) => line !== '' && !line.startsWith('k,')).sort()).toEqual(expected.sort())
  expect([...server.objects.keys()].every((key) => key.startsWith('jobs/a/'))).toBe(true)
})

it('a bucket that is not there is told before anything is read', async () => {
  writeFileSync(join(folder, 'rows.ndjson'), '{"k":1}\n')
  const runtime = createRuntime({ workers: 2 })
  const sql = `
    CREATE TABLE r (k INT) WITH ('connector' = 'file', 'path' = 'rows.ndjson', 'format' = 'json');
    CREATE TABLE o (k INT) WITH ('connector' = 'blackhole');
    INSERT INTO o SELECT * FROM r`
  const options = { baseDirectory: folder, resolveFrom: [join(ROOT, 'test')], checkpoint: { address: 's3://elsewhere/a' } }
  await expect(runtime.run(sql, options).then((job) => job.done)).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('make the bucket') })
  await runtime.close()
})
