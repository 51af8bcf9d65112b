import { checkConfined, MillraceError, type OptionValues, type PathFacts, type TableDefinition } from '@millrace/core'
import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SaslMechanism, SaslSettings, TlsSettings } from '../drivers/connection.js'

const SASL_OPTIONS = ['properties.sasl.mechanism', 'properties.sasl.username', 'properties.sasl.password', 'properties.sasl.jaas.config']
const TLS_OPTIONS = [
  'properties.ssl.ca.location', 'properties.ssl.certificate.location', 'properties.ssl.key.location', 'properties.ssl.key.password',
]

/** @throws MillraceError OPTION_INVALID, OPTION_MISSING; never with a value of a secret option in it */
export function saslSettingsOf(table: TableDefinition, values: OptionValues, isOn: boolean): SaslSettings | null {
  if (!isOn) {
    refuseUseless(values, SASL_OPTIONS, 'SASL_PLAINTEXT or SASL_SSL')
    return null
  }
  const mechanism = values.textOrNull('properties.sasl.mechanism')
  if (mechanism === null) {
    throw new MillraceError('OPTION_MISSING', `table \`${table.name}\`: 'properties.sasl.mechanism' says how to sign in: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512`)
  }
  const jaas = values.textOrNull('properties.sasl.jaas.config')
  const given = jaas === null
    ? { username: values.textOrNull('properties.sasl.username'), password: values.textOrNull('properties.sasl.password') }
    : jaasOf(values, jaas, mechanism as SaslMechanism)
  if (given.username === null || given.password === null) {
    throw new MillraceError('OPTION_MISSING',
      `table \`${table.name}\`: to sign in give 'properties.sasl.username' and 'properties.sasl.password', or 'properties.sasl.jaas.config'`)
  }
  return { mechanism: mechanism as SaslMechanism, username: given.username, password: given.password }
}

/** `org.apache.kafka.common.security.plain.PlainLoginModule required username="ada" password="…";` */
function jaasOf(values: OptionValues, text: string, mechanism: SaslMechanism): { username: string | null; password: string | null } {
  const refuse = (why: string): never => {
    throw new MillraceError('OPTION_INVALID',
      `'properties.sasl.jaas.config' ${why}; it is like: org.apache.kafka.common.security.plain.PlainLoginModule required username="…" password="…";`)
  }
  if (values.has('properties.sasl.username') || values.has('properties.sasl.password')) refuse('stands beside properties.sasl.username or .password: give one of them')
  const match = /^\s*([\w.]*?)(Plain|Scram)LoginModule\s+required\b((?:\s+[\w.]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s"';]+))*)\s*;?\s*$/.exec(text)
  if (match === null) return refuse('is not that of one PlainLoginModule or ScramLoginModule')
  if ((match[2] === 'Plain') !== (mechanism === 'PLAIN')) refuse(`is for another mechanism than ${mechanism}`)
  const entries = new Map<string, string>()
  for (const [, name, quoted, bare] of match[3]!.matchAll(/([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"';]+))/g)) {
    entries.set(name!, quoted === undefined ? bare! : quoted.replace(/\\(.)/g, '$1'))
  }
  return { username: entries.get('username') ?? null, password: entries.get('password') ?? null }
}

/** @throws MillraceError OPTION_INVALID, OPTION_MISSING, SOURCE_UNREADABLE, PATH_OUTSIDE */
export function tlsSettingsOf(table: TableDefinition, values: OptionValues, isOn: boolean): TlsSettings | null {
  if (!isOn) {
    refuseUseless(values, TLS_OPTIONS, 'SSL or SASL_SSL')
    return null
  }
  const read = (option: string): string | undefined => pemOf(table, option, values.textOrNull(option))
  const ca = read('properties.ssl.ca.location')
  const certificate = read('properties.ssl.certificate.location')
  const key = read('properties.ssl.key.location')
  const keyPassword = values.textOrNull('properties.ssl.key.password')
  if ((certificate === undefined) !== (key === undefined)) {
    throw new MillraceError('OPTION_MISSING', `table \`${table.name}\`: 'properties.ssl.certificate.location' and 'properties.ssl.key.location' belong together`)
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(keyPassword === null ? {} : { keyPassword }),
    checksHost: values.text('properties.ssl.endpoint.identification.algorithm') !== '',
  }
}

function pemOf(table: TableDefinition, option: string, path: string | null): string | undefined {
  if (path === null) return undefined
  const absolute = resolve(table.baseDirectory, path)
  if (table.confinedTo !== undefined) checkConfined(absolute, table.confinedTo, FACTS)
  let text: string
  try {
    text = readFileSync(absolute, 'utf8')
  } catch (error) {
    throw new MillraceError('SOURCE_UNREADABLE', `'${option}': ${absolute} cannot be read: ${(error as NodeJS.ErrnoException).code}`, {}, { cause: error })
  }
  if (!text.includes('-----BEGIN ')) throw new MillraceError('OPTION_INVALID', `'${option}': ${absolute} is no PEM file; keytool and openssl make one of a key store`)
  return text
}

const FACTS: PathFacts = {
  realPath: (path) => {
    try {
      return realpathSync.native(path)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return null
      throw new MillraceError('PATH_OUTSIDE', `where ${path} leads cannot be told: ${(error as Error).message}`, {}, { cause: error })
    }
  },
  isLink: (path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false,
}

/** A password that is given and not used is one that somebody believes protects them. */
function refuseUseless(values: OptionValues, options: readonly string[], protocols: string): void {
  const useless = options.find((option) => values.has(option))
  if (useless === undefined) return
  throw new MillraceError('OPTION_INVALID', `'${useless}' has no effect under 'properties.security.protocol' = '${values.text('properties.security.protocol')}'; it needs ${protocols}`)
}
