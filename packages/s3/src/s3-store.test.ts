import type { MillraceError } from '@millrace/core'
import { describeCheckpointStore } from '@millrace/testing/contract'
import { afterEach, describe, expect, it } from 'vitest'
import { LIST_PAGE_NAMES, OBJECT_BYTES_MAX, REQUEST_TRIES_MAX } from './limits.js'
import { credentialsOf, type Environment, placeOf } from './place.js'
import { type Patience, PATIENCE, S3Client } from './s3-client.js'
import { type Mishap, type ServerOptions, S3TestServer } from './s3-server.test.kit.js'
import { S3Store } from './s3-store.js'

/** Of tests in which servers fail: none waits long. */
const HASTE: Patience = { timeoutMs: 300, retryMs: 1 }

function environmentOf(server: S3TestServer): Environment {
  const { accessKeyId, secretAccessKey, sessionToken, region } = server
  return {
    AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  }
}

function storeAt(server: S3TestServer, path: string, patience = HASTE): S3Store {
  const environment = environmentOf(server)
  const place = placeOf(`s3://${server.bucket}/${path}?endpoint=${server.endpoint}`, environment)
  return new S3Store(place, new S3Client(place, credentialsOf(environment), patience))
}

describeCheckpointStore('S3', async () => {
  const server = await S3TestServer.start({ pageKeys: 7 })
  return { open: () => storeAt(server, 'jobs/my job+(1)', PATIENCE), cleanUp: () => server.stop() }
})

describeCheckpointStore('S3, for a while only, in the whole bucket,', async () => {
  const server = await S3TestServer.start({ sessionToken: 'FQoGZXIvYXdzEJr//+/=' })
  return { open: () => storeAt(server, '', PATIENCE), cleanUp: () => server.stop() }
})

let server: S3TestServer
const started: S3TestServer[] = []
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop()
})

async function startedStore(options: ServerOptions = {}): Promise<S3Store> {
  server = await S3TestServer.start(options)
  started.push(server)
  return storeAt(server, 'a')
}

async function failure(action: Promise<unknown>): Promise<MillraceError> {
  return action.then(() => { throw new Error('it did not fail') }, (error: unknown) => error as MillraceError)
}

const BYTES = [new Uint8Array(100_000).fill(5)]

describe('what passes by itself', () => {
  const mishaps: readonly (readonly [string, Mishap])[] = [
    ['an overloaded server', { kind: 'refuse', status: 503, code: 'SlowDown' }],
    ['too many requests, with a time to wait', { kind: 'refuse', status: 429, code: 'TooManyRequests', headers: { 'retry-after': '0' } }],
    ['a defect there', { kind: 'refuse', status: 500, code: 'InternalError' }],
    ['a request that took too long', { kind: 'refuse', status: 400, code: 'RequestTimeout' }],
    ['a connection that is cut', { kind: 'cut', when: 'before' }],
    ['an answer that is cut', { kind: 'cut', when: 'answering' }],
    ['an answer that never comes', { kind: 'unheard' }],
    ['a server that is slow', { kind: 'slow', ms: 1_000 }],
  ]

  it.each(mishaps)('%s is tried again', async (_, mishap) => {
    const store = await startedStore()
    server.mishaps.push(mishap, null, mishap, mishap, null, mishap, null, mishap, null)
    await store.put('epoch-0000000001/manifest', BYTES)
    expect(Buffer.compare((await store.get('epoch-0000000001/manifest'))!, BYTES[0]!)).toBe(0)
    expect(await store.list('epoch-')).toEqual(['epoch-0000000001/manifest'])
    await store.remove(['epoch-0000000001/manifest'])
    expect(server.objects.size).toBe(0)
    expect(server.mishaps).toEqual([])
  })

  it.each(mishaps)('%s is not tried for ever', async (_, mishap) => {
    const store = await startedStore()
    const always = Array.from({ length: REQUEST_TRIES_MAX }, () => mishap)
    server.mishaps.push(...always)
    expect(await failure(store.get('job'))).toMatchObject({ code: 'CHECKPOINT_UNREADABLE', retry: true })
    expect(server.mishaps).toEqual([])
    server.mishaps.push(...always)
    expect(await failure(store.put('job', BYTES))).toMatchObject({ code: 'CHECKPOINT_UNWRITABLE', retry: true })
  })

  it('is told with what it was', async () => {
    const store = await startedStore()
    server.mishaps.push(...Array.from({ length: REQUEST_TRIES_MAX }, () => ({ kind: 'refuse', status: 503, code: 'SlowDown', message: 'Please reduce.' }) as const))
    expect((await failure(store.put('job', BYTES))).message).toBe('cannot write s3://checkpoints/a/job: SlowDown: Please reduce.')
  })
})

describe('what does not pass', () => {
  it('is told at once, with what to do', async () => {
    const store = await startedStore()
    const told = async (mishap: Mishap): Promise<string> => {
      server.mishaps.push(mishap)
      return (await failure(store.list(''))).message
    }
    const refused = (status: number, code: string, headers = {}): Mishap => ({ kind: 'refuse', status, code, headers })
    expect(await told(refused(403, 'AccessDenied'))).toContain('allow s3:ListBucket')
    expect(await told(refused(404, 'NoSuchBucket'))).toContain('make the bucket')
    expect(await told(refused(403, 'RequestTimeTooSkewed'))).toContain('set the clock')
    expect(await told(refused(403, 'ExpiredToken'))).toContain('mend AWS_ACCESS_KEY_ID')
    expect(await told(refused(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'us-west-2' }))).toContain('write ?region=us-west-2')
    expect(await told({ kind: 'nonsense' })).toContain('the answer is no list of objects')
    expect(server.requests.length).toBe(6)
  })

  it('is found out when the store is opened', async () => {
    await startedStore()
    const environment = environmentOf(server)
    const opening = (changes: Environment, bucket = server.bucket): Promise<MillraceError> => {
      const place = placeOf(`s3://${bucket}/a?endpoint=${server.endpoint}`, { ...environment, ...changes })
      return failure(new S3Store(place, new S3Client(place, credentialsOf({ ...environment, ...changes }), HASTE)).look())
    }
    expect(await opening({}, 'another')).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('NoSuchBucket') })
    expect(await opening({ AWS_SECRET_ACCESS_KEY: 'wrong' })).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('SignatureDoesNotMatch') })
    expect(await opening({ AWS_ACCESS_KEY_ID: 'wrong' })).toMatchObject({ code: 'OPTION_INVALID' })
    expect(await opening({ AWS_REGION: 'us-east-1' })).toMatchObject({ code: 'OPTION_INVALID' })
    await storeAt(server, 'a').look()
    server.mishaps.push(...Array.from({ length: REQUEST_TRIES_MAX }, () => ({ kind: 'cut', when: 'before' }) as const))
    expect(await failure(storeAt(server, 'a').look())).toMatchObject({ code: 'CHECKPOINT_UNREADABLE' })
  })

  it('never says what is secret, whatever the server says', async () => {
    const store = await startedStore({ sessionToken: 'token-of-a-session' })
    const secret = `${server.secretAccessKey} ${server.accessKeyId} token-of-a-session`
    for (const status of [403, 500]) {
      server.mishaps.push(...Array.from({ length: REQUEST_TRIES_MAX }, () => ({ kind: 'refuse', status, code: 'X', message: secret }) as const))
      const error = await failure(store.put('job', BYTES))
      const everything = JSON.stringify([error.message, error.stack, error.details, String(error.cause), (error.cause as Error).stack])
      for (const word of secret.split(' ')) expect(everything).not.toContain(word)
      server.mishaps.length = 0
    }
  })

  it('is an object that is too large', async () => {
    const store = await startedStore()
    const huge = { length: OBJECT_BYTES_MAX + 1 } as Uint8Array
    expect(await failure(store.put('job', [huge]))).toMatchObject({ code: 'CHECKPOINT_UNWRITABLE', message: expect.stringContaining('at most') })
  })
})

describe('a store in S3', () => {
  it('asks for pages as large as there are, and leaves alone what is not its own', async () => {
    const store = await startedStore({ pageKeys: 2 })
    for (const key of ['a/job', 'a/README.txt', 'a/epoch-0000000001/manifest', 'ab/job', 'job', 'a/x&<y>', 'a/old/.tmp']) server.objects.set(key, Buffer.alloc(1))
    expect(await store.list('')).toEqual(['epoch-0000000001/manifest', 'job'])
    expect(server.requests[0]).toContain(`max-keys=${LIST_PAGE_NAMES}&prefix=a%2F`)
    expect(server.requests.length).toBe(3)
  })

  it('gives up what is under way when it is closed', async () => {
    const store = await startedStore()
    server.mishaps.push({ kind: 'slow', ms: 5_000 })
    const getting = failure(store.get('job'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = performance.now()
    await store.close()
    expect((await getting).message).toContain('the store was closed')
    expect(performance.now() - before).toBeLessThan(250)
  })
})
