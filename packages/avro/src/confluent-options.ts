import type { OptionTable, TableDefinition } from '@millrace/core'
import { MillraceError, OptionValues } from '@millrace/core'
import { schemaOptions } from './avro-options.js'
import { REQUEST_TIMEOUT_MS } from './limits.js'
import type { RegistrySettings } from './registry/schema-registry.js'

export const CONFLUENT_OPTIONS: OptionTable = {
  'avro-confluent.url': { type: 'string', required: true, tuning: true, doc: 'The schema registry, `http://host:8081`; several with `,` between.' },
  'avro-confluent.subject': { type: 'string', doc: 'Under which name the schema is registered that rows are written with. Left out: the topic\'s name with `-value` or `-key`.' },
  'avro-confluent.auto.register': { type: 'boolean', default: 'true', tuning: true, doc: 'Whether writing registers the schema if it is not there yet; `false`: then the job fails.' },
  ...schemaOptions('avro-confluent', 'The schema as JSON that rows are written with, and whose defaults and aliases count in reading. Left out: that of the table\'s columns.'),
  'avro-confluent.basic-auth.credentials-source': { type: 'string', values: ['USER_INFO'], tuning: true, doc: 'Always USER_INFO, and not needed.' },
  'avro-confluent.basic-auth.user-info': { type: 'string', secret: true, tuning: true, doc: 'Who signs in to the registry: `name:password`.' },
  'avro-confluent.bearer-auth.token': { type: 'string', secret: true, tuning: true, doc: 'A token to sign in with instead.' },
  'avro-confluent.request-timeout': { type: 'duration', default: `${REQUEST_TIMEOUT_MS / 1000}s`, minimum: 1, tuning: true, doc: 'How long the registry may take to answer.' },
}

export interface ConfluentOptions {
  readonly registry: RegistrySettings
  readonly subject: string | null
  readonly register: boolean
}

/** @throws MillraceError OPTION_MISSING, OPTION_INVALID */
export function confluentOptionsOf(table: TableDefinition): ConfluentOptions {
  const values = new OptionValues(table.options, CONFLUENT_OPTIONS)
  const { topic, 'record.part': part = 'value' } = table.options
  return {
    registry: {
      urls: values.text('avro-confluent.url').split(',').map(urlOf), authorization: authorizationOf(values), timeoutMs: values.durationMs('avro-confluent.request-timeout'),
    },
    subject: values.textOrNull('avro-confluent.subject') ?? (topic === undefined ? null : `${topic}-${part}`),
    register: values.boolean('avro-confluent.auto.register'),
  }
}

function urlOf(text: string): string {
  let url: URL
  try {
    url = new URL(text.trim())
  } catch {
    throw new MillraceError('OPTION_INVALID', `'avro-confluent.url': '${text.trim()}' is no URL, such as http://localhost:8081`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new MillraceError('OPTION_INVALID', `'avro-confluent.url' is http or https, not ${url.protocol}`)
  if (url.username !== '' || url.password !== '') {
    throw new MillraceError('OPTION_INVALID', "'avro-confluent.url' is printed, so no password may stand in it: use 'avro-confluent.basic-auth.user-info'")
  }
  return url.href.replace(/\/+$/, '')
}

function authorizationOf(values: OptionValues): string | null {
  const user = values.textOrNull('avro-confluent.basic-auth.user-info')
  const token = values.textOrNull('avro-confluent.bearer-auth.token')
  if (user !== null && token !== null) throw new MillraceError('OPTION_INVALID', 'the registry is signed in to by name or by token: leave one out')
  if (user !== null) return `Basic ${Buffer.from(user, 'utf8').toString('base64')}`
  return token === null ? null : `Bearer ${token}`
}
