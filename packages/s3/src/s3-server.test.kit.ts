import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Headers = Readonly<Record<string, string>>

/** What befalls a request, in place of an answer. */
export type Mishap =
  | { readonly kind: 'refuse'; readonly status: number; readonly code: string; readonly message?: string; readonly headers?: Headers }
  /** The connection is cut, before the request is looked at, or after half of the answer. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'answering' }
  /** Takes so long. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Done, but the answer never arrives. */
  | { readonly kind: 'unheard' }
  | { readonly kind: 'nonsense' }

export interface ServerOptions {
  readonly bucket?: string
  readonly region?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  /** Keys in a page of a list, however many are asked for. */
  readonly pageKeys?: number
}

/**
 * A server that speaks as much of S3 as checkpoints need, in this process: buckets by path or by host, PUT, GET, DELETE, lists in pages.
 * What is written is seen at once. It checks every signature by itself (Signature Version 4, from its specification) and every hash.
 */
export class S3TestServer {
  readonly objects: Map<string, Buffer> = new Map()
  /** What befalls the next requests, one each; null: nothing. */
  readonly mishaps: (Mishap | null)[] = []
  /** Of all requests: `PUT job/epoch-1`. */
  readonly requests: string[] = []
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
  readonly #pageKeys: number
  readonly #server: Server

  private constructor(options: ServerOptions) {
    this.bucket = options.bucket ?? 'checkpoints'
    this.region = options.region ?? 'eu-central-1'
    this.accessKeyId = options.accessKeyId ?? 'AKIDEXAMPLE'
    this.secretAccessKey = options.secretAccessKey ?? 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
    this.sessionToken = options.sessionToken
    this.#pageKeys = options.pageKeys ?? 1_000
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(options: ServerOptions = {}): Promise<S3TestServer> {
    const server = new S3TestServer(options)
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve))
    return server
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const mishap = this.mishaps.shift() ?? null
    if (mishap?.kind === 'cut' && mishap.when === 'before') return void request.socket.destroy()
    const body = await bodyOf(request)
    if (mishap?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, mishap.ms))
    const url = new URL(request.url!, 'http://server')
    const path = decodeURIComponent(url.pathname).slice(1)
    const [bucket, ...rest] = path.split('/')
    const key = rest.join('/')
    this.requests.push(`${request.method} ${key}${url.search}`)
    if (mishap?.kind === 'refuse') return refuse(response, mishap.status, mishap.code, mishap.message, mishap.headers)
    if (mishap?.kind === 'nonsense') return void response.end('<html>Welcome to the hotel</html>')
    const wrong = this.#signatureProblem(request, url, body)
    if (wrong !== null) return refuse(response, 403, wrong, `${wrong} of ${this.accessKeyId} ${this.secretAccessKey}`)
    if (bucket !== this.bucket) return refuse(response, 404, 'NoSuchBucket')
    const answer = this.#handle(request.method!, key, url, body, request)
    const isCut = mishap?.kind === 'cut' && (typeof answer === 'string' || answer.body.length < 2)
    if (mishap?.kind === 'unheard' || isCut) return void request.socket.destroy()
    if (typeof answer === 'string') return refuse(response, answer === 'NoSuchKey' ? 404 : 400, answer)
    response.writeHead(answer.status, { 'content-length': answer.body.length })
    if (mishap?.kind !== 'cut') return void response.end(answer.body)
    response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => request.socket.destroy())
  }

  #handle(method: string, key: string, url: URL, body: Buffer, request: IncomingMessage): { status: number; body: Buffer } | string {
    if (method === 'PUT') {
      if (createHash('md5').update(body).digest('base64') !== request.headers['content-md5']) return 'BadDigest'
      this.objects.set(key, body)
      return { status: 200, body: Buffer.alloc(0) }
    }
    if (method === 'DELETE') {
      this.objects.delete(key)
      return { status: 204, body: Buffer.alloc(0) }
    }
    if (key === '') return { status: 200, body: Buffer.from(this.#list(url.searchParams)) }
    const object = this.objects.get(key)
    return object === undefined ? 'NoSuchKey' : { status: 200, body: object }
  }

  #list(query: URLSearchParams): string {
    const after = query.get('continuation-token')
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort()
    const from = after === null ? 0 : keys.findIndex((key) => key > Buffer.from(after, 'base64').toString())
    const page = from === -1 ? [] : keys.slice(from, from + Math.min(this.#pageKeys, Number(query.get('max-keys') ?? 1_000)))
    const isTruncated = page.length > 0 && page.at(-1) !== keys.at(-1)
    const next = isTruncated ? `<NextContinuationToken>${Buffer.from(page.at(-1)!).toString('base64')}</NextContinuationToken>` : ''
    const contents = page.map((key) => `<Contents><Key>${escaped(key)}</Key><Size>${this.objects.get(key)!.length}</Size></Contents>`)
    return '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
      + `<Name>${this.bucket}</Name><IsTruncated>${isTruncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`
  }

  // --------------------------------------------------------------------------------------------------------- signature

  #signatureProblem(request: IncomingMessage, url: URL, body: Buffer): string | null {
    const { authorization = '' } = request.headers
    const match = AUTHORIZATION.exec(authorization)
    if (match === null) return 'AccessDenied'
    const [, id, day, region, signedHeaders, signature] = match as unknown as [string, string, string, string, string, string]
    if (id !== this.accessKeyId) return 'InvalidAccessKeyId'
    if (region !== this.region) return 'AuthorizationHeaderMalformed'
    if (request.headers['x-amz-security-token'] !== this.sessionToken) return 'InvalidToken'
    const names = signedHeaders.split(';')
    const unsigned = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') || name === 'content-md5')]
    if (!unsigned.every((name) => names.includes(name))) return 'AccessDenied'
    const contentHash = String(request.headers['x-amz-content-sha256'])
    if (createHash('sha256').update(body).digest('hex') !== contentHash) return 'XAmzContentSHA256Mismatch'
    const query = [...url.searchParams].map(([name, value]) => `${strict(name)}=${strict(value)}`).sort().join('&')
    const path = decodeURIComponent(url.pathname).split('/').map(strict).join('/')
    const headers = names.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('')
    const canonical = [request.method, path, query, headers, signedHeaders, contentHash].join('\n')
    const time = String(request.headers['x-amz-date'])
    if (!time.startsWith(day) || Math.abs(Date.now() - timeOf(time)) > 15 * 60_000) return 'RequestTimeTooSkewed'
    const scope = `${day}/${region}/s3/aws4_request`
    const toSign = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
    const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>((k, part) => hmac(k, part), `AWS4${this.secretAccessKey}`)
    return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex')) ? null : 'SignatureDoesNotMatch'
  }
}

const AUTHORIZATION = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function timeOf(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

/** Everything but the unreserved characters of RFC 3986 as %XX. */
function strict(text: string): string {
  return [...Buffer.from(text)].map((byte) => {
    const c = String.fromCharCode(byte)
    return /[A-Za-z0-9_.~-]/.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function refuse(response: ServerResponse, status: number, code: string, message = '', headers: Headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers })
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${escaped(message)}</Message></Error>`)
}
