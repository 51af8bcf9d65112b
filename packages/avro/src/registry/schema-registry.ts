import { MillraceError } from '@millrace/core'
import { setTimeout as sleep } from 'node:timers/promises'
import { ANSWER_BYTES_MAX, REFERENCES_MAX, REQUEST_RETRY_MS, REQUEST_TRIES_MAX } from '../limits.js'
import { type AvroSchema, parseAvroSchema } from '../schema/parse-schema.js'

export interface RegistrySettings {
  /** Tried in turn. Without a slash at the end. */
  readonly urls: readonly string[]
  /** The value of the header, or null. Never shown. */
  readonly authorization: string | null
  readonly timeoutMs: number
  /** Tests do not wait for it. */
  readonly retryMs?: number
}

/** A client of a schema registry: what Confluent's, and those that speak like it, answer over HTTP. */
export class SchemaRegistry {
  readonly #settings: RegistrySettings

  constructor(settings: RegistrySettings) {
    this.#settings = settings
  }

  /**
   * The schema with an id.
   * @returns null where there is none of that id
   * @throws MillraceError SCHEMA_UNAVAILABLE, SCHEMA_REFUSED
   */
  async byId(id: number): Promise<AvroSchema | null> {
    const answer = await this.#ask('GET', `/schemas/ids/${id}`)
    if (answer === null) return null
    const { schema, schemaType = 'AVRO' } = answer
    if (schemaType !== 'AVRO' || typeof schema !== 'string') {
      throw new MillraceError('SCHEMA_REFUSED', `the schema with id ${id} is ${String(schemaType)} and not Avro; read the topic in its own format`)
    }
    return parsed(schema, await this.#references(answer, new Map()), `the schema with id ${id}`)
  }

  /**
   * The id of a schema under a subject, which is registered there if it is not yet.
   * @param register false: it must be there
   * @throws MillraceError SCHEMA_UNAVAILABLE, SCHEMA_REFUSED
   */
  async idOf(subject: string, schema: string, register: boolean): Promise<number> {
    const path = `/subjects/${encodeURIComponent(subject)}`
    const answer = await this.#ask('POST', register ? `${path}/versions` : path, JSON.stringify({ schema }))
    if (answer === null) {
      throw new MillraceError('SCHEMA_REFUSED',
        `the registry at ${this.#places()} has no such schema under the subject \`${subject}\`: register it, or let the job do so with 'avro-confluent.auto.register' = 'true'`)
    }
    if (typeof answer['id'] === 'number') return answer['id']
    throw new MillraceError('SCHEMA_REFUSED', `the registry at ${this.#places()} gave no id for the subject \`${subject}\``)
  }

  /** Texts of the schemas that one refers to, each after those that it refers to itself. */
  async #references(answer: Answer, known: Map<string, string>): Promise<readonly string[]> {
    const { references = [] } = answer as { readonly references?: readonly { readonly subject: string; readonly version: number }[] }
    for (const { subject, version } of references) {
      const key = `${subject} ${version}`
      if (known.has(key)) continue
      if (known.size >= REFERENCES_MAX) throw new MillraceError('SCHEMA_REFUSED', `a schema refers to more than ${REFERENCES_MAX} others`)
      const found = await this.#ask('GET', `/subjects/${encodeURIComponent(subject)}/versions/${version}`)
      if (found === null || typeof found['schema'] !== 'string') throw new MillraceError('SCHEMA_REFUSED', `a schema refers to version ${version} of \`${subject}\`, which is not there`)
      // Claimed first, so that a circle ends.
      known.set(key, '')
      await this.#references(found, known)
      known.delete(key)
      known.set(key, found['schema'])
    }
    return [...known.values()].filter((text) => text !== '')
  }

  /** @returns null for what is not found */
  async #ask(method: 'GET' | 'POST', path: string, body?: string): Promise<Answer | null> {
    const { urls, retryMs = REQUEST_RETRY_MS } = this.#settings
    let last = ''
    for (let tried = 0; tried < REQUEST_TRIES_MAX; tried++) {
      if (tried >= urls.length) await sleep(retryMs * 2 ** (tried - urls.length))
      const answer = await this.#askOnce(urls[tried % urls.length]!, method, path, body)
      if (typeof answer !== 'string') return answer
      last = answer
    }
    throw new MillraceError('SCHEMA_UNAVAILABLE', `the schema registry at ${this.#places()} does not answer: ${last}`)
  }

  /** @returns a text that says what is wrong where another try may help */
  async #askOnce(url: string, method: string, path: string, body: string | undefined): Promise<Answer | null | string> {
    const { authorization, timeoutMs } = this.#settings
    const headers: Record<string, string> = { Accept: 'application/vnd.schemaregistry.v1+json, application/json' }
    if (authorization !== null) headers['Authorization'] = authorization
    if (body !== undefined) headers['Content-Type'] = 'application/vnd.schemaregistry.v1+json'
    let response: Response
    let text: string
    try {
      response = await fetch(url + path, { method, headers, signal: AbortSignal.timeout(timeoutMs), ...(body === undefined ? {} : { body }) })
      text = await textOf(response)
    } catch (error) {
      if (error instanceof MillraceError) throw error
      return reasonOf(error as Error, timeoutMs)
    }
    if (response.ok) return parsedJson(text, url)
    if (response.status === 404) return null
    if (response.status === 429 || response.status >= 500) return `status ${response.status} ${messageOf(text)}`
    if (response.status === 401 || response.status === 403) {
      throw new MillraceError('SCHEMA_REFUSED', `the schema registry at ${url} does not let this job in (status ${response.status}): check 'avro-confluent.basic-auth.user-info'`)
    }
    throw new MillraceError('SCHEMA_REFUSED', `the schema registry at ${url} refuses ${method} ${path} with status ${response.status}: ${messageOf(text)}`)
  }

  #places(): string {
    return this.#settings.urls.join(', ')
  }
}

type Answer = Readonly<Record<string, unknown>>

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length
    if (bytes > ANSWER_BYTES_MAX) throw new MillraceError('SCHEMA_REFUSED', `a schema registry answers with more than ${ANSWER_BYTES_MAX} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parsedJson(text: string, url: string): Answer {
  try {
    const answer = JSON.parse(text) as unknown
    if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return answer as Answer
  } catch {
    // Said below, as for every answer that is no object.
  }
  throw new MillraceError('SCHEMA_REFUSED', `what answers at ${url} is no schema registry: its answer is no JSON object`)
}

function parsed(text: string, references: readonly string[], what: string): AvroSchema {
  try {
    return parseAvroSchema(text, references)
  } catch (cause) {
    throw new MillraceError('SCHEMA_REFUSED', `${what} cannot be used: ${(cause as Error).message}`, {}, { cause })
  }
}

/** Characters of a registry's words that a message shows. */
const SHOWN_CHARACTERS_MAX = 300

function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown }
    if (typeof message === 'string') return message.slice(0, SHOWN_CHARACTERS_MAX)
  } catch {
    // Not JSON: shown as it is.
  }
  return text.slice(0, SHOWN_CHARACTERS_MAX)
}

function reasonOf(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError') return `nothing came within ${timeoutMs} ms`
  return error.cause instanceof Error ? error.cause.message : error.message
}
