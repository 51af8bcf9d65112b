import { checkObjectName, type CheckpointStore, isObjectName, MillraceError, type ErrorCode } from '@millrace/core'
import { LIST_PAGE_NAMES, OBJECT_BYTES_MAX, REMOVALS_MAX } from './limits.js'
import type { Place } from './place.js'
import type { S3Client } from './s3-client.js'
import { adviceFor, S3Error } from './s3-error.js'
import { elementText, elementTexts } from './xml-elements.js'

/**
 * Keeps checkpoints in a bucket: an object is an object of the bucket.
 *
 * A PUT makes an object visible whole or not at all, and whoever reads afterwards sees it: that is what S3 promises, and what it takes.
 */
export class S3Store implements CheckpointStore {
  readonly #place: Place
  readonly #client: S3Client

  constructor(place: Place, client: S3Client) {
    this.#place = place
    this.#client = client
  }

  /** Asks whether the place can be read at all. @throws MillraceError OPTION_INVALID, CHECKPOINT_UNREADABLE */
  async look(): Promise<void> {
    try {
      await this.#client.ask({ method: 'GET', key: null, query: { 'list-type': '2', 'max-keys': '1', prefix: this.#place.prefix } })
    } catch (error) {
      throw this.#told(error, error instanceof S3Error && !error.passes ? 'OPTION_INVALID' : 'CHECKPOINT_UNREADABLE', 'read')
    }
  }

  async put(name: string, parts: readonly Uint8Array[]): Promise<void> {
    checkObjectName(name)
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    if (bytes > OBJECT_BYTES_MAX) {
      const problem = `${this.#address}${name} has ${bytes} bytes; an object has ${OBJECT_BYTES_MAX} at most`
      throw new MillraceError('CHECKPOINT_UNWRITABLE', problem)
    }
    await this.#ask('CHECKPOINT_UNWRITABLE', 'write', name, () => (
      this.#client.ask({ method: 'PUT', key: this.#place.prefix + name, body: Buffer.concat(parts) })
    ))
  }

  async get(name: string): Promise<Uint8Array | null> {
    checkObjectName(name)
    return this.#ask('CHECKPOINT_UNREADABLE', 'read', name, async () => {
      try {
        return await this.#client.ask({ method: 'GET', key: this.#place.prefix + name })
      } catch (error) {
        if (error instanceof S3Error && error.isNoSuchKey) return null
        throw error
      }
    })
  }

  async list(prefix: string): Promise<string[]> {
    const names: string[] = []
    let token: string | null = null
    do {
      const page: string = await this.#ask('CHECKPOINT_UNREADABLE', 'list', prefix, () => this.#page(prefix, token))
      const keys = elementTexts(page, 'Key').filter((key) => key.startsWith(this.#place.prefix))
      names.push(...keys.map((key) => key.slice(this.#place.prefix.length)))
      token = elementText(page, 'IsTruncated') === 'true' ? elementText(page, 'NextContinuationToken') : null
    } while (token !== null)
    // What others keep in the bucket is none of ours.
    return names.filter((name) => isObjectName(name) && name.startsWith(prefix)).sort()
  }

  async remove(names: readonly string[]): Promise<void> {
    for (const name of names) checkObjectName(name)
    const left = [...names]
    const removeSome = async (): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop()) await this.#removeOne(name)
    }
    await Promise.all(Array.from({ length: REMOVALS_MAX }, removeSome))
  }

  async close(): Promise<void> {
    this.#client.close()
  }

  async #page(prefix: string, token: string | null): Promise<string> {
    const query = {
      'list-type': '2', 'max-keys': String(LIST_PAGE_NAMES), prefix: this.#place.prefix + prefix,
      ...(token === null ? {} : { 'continuation-token': token }),
    }
    const page = (await this.#client.ask({ method: 'GET', key: null, query })).toString('utf8')
    const isWhole = page.includes('<ListBucketResult') && page.trimEnd().endsWith('</ListBucketResult>')
    const isLast = elementText(page, 'IsTruncated') !== 'true'
    if (isWhole && (isLast || elementText(page, 'NextContinuationToken') !== null)) return page
    throw new S3Error({ status: 200, code: 'NotS3', message: 'the answer is no list of objects', region: null, retryAfterMs: null })
  }

  async #removeOne(name: string): Promise<void> {
    await this.#ask('CHECKPOINT_UNWRITABLE', 'remove', name, async () => {
      try {
        await this.#client.ask({ method: 'DELETE', key: this.#place.prefix + name })
      } catch (error) {
        if (!(error instanceof S3Error && error.isNoSuchKey)) throw error
      }
    })
  }

  async #ask<T>(code: ErrorCode, verb: string, name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.#told(error, code, verb, name)
    }
  }

  #told(error: unknown, code: ErrorCode, verb: string, name = ''): unknown {
    if (!(error instanceof S3Error)) return error
    const what = [error.code, error.message].filter((text) => text !== '').join(': ')
    return new MillraceError(code, `cannot ${verb} ${this.#address}${name}: ${what}${adviceFor(error, this.#place)}`, { retry: error.passes }, { cause: error })
  }

  get #address(): string {
    return `s3://${this.#place.bucket}/${this.#place.prefix}`
  }
}
