import { AwsV4Signer } from 'aws4fetch'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ERROR_TEXT_MAX, REQUEST_TIMEOUT_MS, REQUEST_TRIES_MAX, RETRY_AFTER_MS_MAX, RETRY_MS } from './limits.js'
import type { Credentials, Place } from './place.js'
import { S3Error } from './s3-error.js'
import { elementText } from './xml-elements.js'

export interface Question {
  readonly method: 'GET' | 'PUT' | 'DELETE'
  /** Of an object, or of the bucket. */
  readonly key: string | null
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

/** How long things take; tests cannot wait for it. */
export interface Patience {
  readonly timeoutMs: number
  readonly retryMs: number
}

export const PATIENCE: Patience = { timeoutMs: REQUEST_TIMEOUT_MS, retryMs: RETRY_MS }

/** Asks an S3-compatible server, signed, within a time limit, and again where that may help. */
export class S3Client {
  readonly #place: Place
  readonly #credentials: Credentials
  readonly #patience: Patience
  readonly #closed = new AbortController()
  /** Of keys that signatures are made with: one a day. */
  readonly #signingKeys = new Map<string, ArrayBuffer>()

  constructor(place: Place, credentials: Credentials, patience: Patience = PATIENCE) {
    this.#place = place
    this.#credentials = credentials
    this.#patience = patience
  }

  /**
   * The body of the answer.
   *
   * @throws S3Error
   */
  async ask(question: Question): Promise<Buffer> {
    for (let tried = 1; ; tried++) {
      const answer = await this.#askOnce(question).catch((error: unknown) => this.#failed(error))
      if (!(answer instanceof S3Error)) return answer
      if (!answer.passes || tried === REQUEST_TRIES_MAX || this.#closed.signal.aborted) throw answer
      // Many workers that were refused at once are not to come back at once.
      const waitMs = answer.retryAfterMs ?? this.#patience.retryMs * 2 ** (tried - 1) * (0.5 + Math.random() / 2)
      await sleep(waitMs, undefined, { signal: this.#closed.signal }).catch(() => {})
    }
  }

  /** What is under way fails. */
  close(): void {
    this.#closed.abort()
  }

  async #askOnce(question: Question): Promise<Buffer | S3Error> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(this.#patience.timeoutMs)])
    const { url, headers } = await this.#signed(question)
    const { method, body } = question
    // Not followed: a signature is for one host, and credentials are no other's business.
    const response = await fetch(url, { method, headers, signal, redirect: 'manual', ...(body === undefined ? {} : { body }) })
    if (response.ok) return Buffer.from(await response.arrayBuffer())
    return this.#refused(response, (await response.text()).slice(0, ERROR_TEXT_MAX))
  }

  async #signed({ method, key, query = {}, body }: Question): Promise<{ url: URL; headers: Headers }> {
    const url = new URL(`${this.#place.bucketUrl}/${key === null ? '' : key.split('/').map(encoded).join('/')}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const content = body ?? Buffer.alloc(0)
    const headers: Record<string, string> = { 'X-Amz-Content-Sha256': createHash('sha256').update(content).digest('hex') }
    // The server refuses what has not come as it was sent, also one that does not look at the hash that is signed.
    if (body !== undefined) headers['Content-MD5'] = createHash('md5').update(content).digest('base64')
    const { accessKeyId, secretAccessKey, sessionToken } = this.#credentials
    const signer = new AwsV4Signer({
      method, url: url.href, headers, service: 's3', region: this.#place.region, accessKeyId, secretAccessKey, cache: this.#signingKeys,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    })
    const signed = await signer.sign()
    return { url: signed.url, headers: signed.headers }
  }

  // ---------------------------------------------------------------------------------------------------------- failures

  #refused(response: Response, text: string): S3Error {
    const { status, headers } = response
    const after = Number(headers.get('retry-after') ?? NaN)
    return new S3Error({
      status,
      code: elementText(text, 'Code') ?? (status >= 300 && status < 400 ? 'Redirect' : `HTTP ${status}`),
      message: this.#withoutSecrets(elementText(text, 'Message') ?? ''),
      region: headers.get('x-amz-bucket-region') ?? elementText(text, 'Region'),
      retryAfterMs: Number.isFinite(after) ? Math.min(after * 1_000, RETRY_AFTER_MS_MAX) : null,
    })
  }

  /** The network, or time. */
  #failed(error: unknown): S3Error {
    const { name, message, cause } = error as Error
    const reason = cause instanceof Error ? cause.message : message
    const what = this.#closed.signal.aborted ? 'the store was closed'
      : name === 'TimeoutError' ? `no answer within ${this.#patience.timeoutMs} ms` : `no connection: ${this.#withoutSecrets(reason)}`
    const code = name === 'TimeoutError' ? 'Timeout' : 'Network'
    return new S3Error({ status: null, code, message: what, region: null, retryAfterMs: null }, { cause: error })
  }

  #withoutSecrets(text: string): string {
    const { accessKeyId, secretAccessKey, sessionToken } = this.#credentials
    const secrets = [secretAccessKey, accessKeyId, ...(sessionToken === undefined ? [] : [sessionToken])]
    return secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text)
  }
}

/** As signatures want it: RFC 3986. */
function encoded(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}
