import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A registry that {@link startSchemaRegistry} has started. */
export interface TestRegistry {
  /** For `'avro-confluent.url'`. */
  readonly url: string
  /** What was asked, as `GET /schemas/ids/1`. */
  readonly requests: readonly string[]
  /** Registers a schema by hand. @returns its id */
  register(subject: string, schema: string, references?: readonly Reference[]): number
  /** Answers the next requests with a status, one each, and then as usual. */
  failNext(...statuses: readonly number[]): void
  close(): Promise<void>
}

interface Reference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

interface Entry {
  readonly schema: string
  readonly references: readonly Reference[]
}

/**
 * `@millrace/avro/testing`: a schema registry in this process, for tests and examples. It keeps schemas in memory, gives equal ones the same
 * id, and looks at no compatibility.
 *
 * @param userInfo `name:password` that it asks for; left out: anybody is let in
 */
export async function startSchemaRegistry(userInfo?: string): Promise<TestRegistry> {
  const entries: Entry[] = []
  const subjects = new Map<string, number[]>()
  const requests: string[] = []
  const statuses: number[] = []

  const register = (subject: string, schema: string, references: readonly Reference[] = []): number => {
    const known = entries.findIndex((entry) => entry.schema === schema)
    const id = known === -1 ? entries.push({ schema, references }) : known + 1
    const versions = subjects.get(subject) ?? []
    subjects.set(subject, versions.includes(id) ? versions : [...versions, id])
    return id
  }

  const answer = (method: string, path: string, body: string): [status: number, answer: unknown] => {
    const byId = /^\/schemas\/ids\/(\d+)$/.exec(path)
    if (method === 'GET' && byId !== null) {
      const entry = entries[Number(byId[1]) - 1]
      return entry === undefined ? [404, { error_code: 40403, message: 'Schema not found' }] : [200, { schema: entry.schema, ...(entry.references.length === 0 ? {} : { references: entry.references }) }]
    }
    const ofSubject = /^\/subjects\/([^/]+)(\/versions)?(?:\/(\d+))?$/.exec(path)
    if (ofSubject === null) return [404, { error_code: 404, message: 'HTTP 404 Not Found' }]
    const subject = decodeURIComponent(ofSubject[1]!)
    const versions = subjects.get(subject) ?? []
    if (method === 'GET') {
      const id = versions[Number(ofSubject[3]) - 1]
      return id === undefined ? [404, { error_code: 40402, message: 'Version not found' }] : [200, { subject, version: Number(ofSubject[3]), id, ...entries[id - 1]! }]
    }
    const { schema } = JSON.parse(body) as { readonly schema: string }
    if (ofSubject[2] !== undefined) return [200, { id: register(subject, schema) }]
    const id = versions.find((version) => entries[version - 1]!.schema === schema)
    return id === undefined ? [404, { error_code: 40403, message: 'Schema not found' }] : [200, { subject, id, version: versions.indexOf(id) + 1, schema }]
  }

  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      requests.push(`${request.method} ${request.url}`)
      const status = statuses.shift()
      if (status !== undefined) return send(response, status, { message: `told to answer ${status}` })
      const isKnown = userInfo === undefined || request.headers.authorization === `Basic ${Buffer.from(userInfo).toString('base64')}`
      if (!isKnown) return send(response, 401, { error_code: 401, message: 'Unauthorized' })
      return send(response, ...answer(request.method!, request.url!, body))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    register,
    failNext: (...next) => void statuses.push(...next),
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function send(response: ServerResponse, status: number, answer: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/vnd.schemaregistry.v1+json' })
  response.end(JSON.stringify(answer))
}
