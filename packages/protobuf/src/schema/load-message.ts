import type { TableDefinition } from '@millrace/core'
import { checkConfined, MillraceError, nearestName } from '@millrace/core'
import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor.js'
import type { ProtoField, ProtoMessage, ProtoType, ScalarName } from './proto-message.js'

/**
 * The message that the options of a table name, from the file that they name.
 *
 * @throws MillraceError OPTION_MISSING, OPTION_INVALID, SOURCE_MISSING, PATH_OUTSIDE
 */
export function loadMessage(table: TableDefinition): ProtoMessage {
  const { 'protobuf.schema-file': protoFile, 'protobuf.descriptor-file': descriptorFile, 'protobuf.message-name': name } = table.options
  if ((protoFile === undefined) === (descriptorFile === undefined)) {
    throw new MillraceError(protoFile === undefined ? 'OPTION_MISSING' : 'OPTION_INVALID',
      `table \`${table.name}\`: say where its message is declared, by 'protobuf.schema-file' (.proto) or 'protobuf.descriptor-file' (of protoc --descriptor_set_out), one of them`)
  }
  const root = protoFile === undefined ? rootOfDescriptor(table, descriptorFile!) : rootOfProto(table, protoFile)
  const names: string[] = []
  collectNames(root, names)
  const wanted = name ?? (names.length === 1 ? names[0] : undefined)
  if (wanted === undefined) {
    throw new MillraceError('OPTION_MISSING', `table \`${table.name}\`: say which message its records are, 'protobuf.message-name' = '…': ${names.join(', ')}`)
  }
  const full = names.find((candidate) => candidate === wanted) ?? names.find((candidate) => candidate.endsWith(`.${wanted}`))
  if (full === undefined) {
    const suggestion = nearestName(wanted, names)
    throw new MillraceError('OPTION_INVALID', `'protobuf.message-name': no message \`${wanted}\` is declared; there are ${names.join(', ')}`,
      { alternatives: names, ...(suggestion === undefined ? {} : { suggestion }) })
  }
  return messageOf(root.lookupType(full), new Map())
}

function rootOfProto(table: TableDefinition, file: string): protobuf.Root {
  const root = new protobuf.Root()
  const directories = [table.options['protobuf.import-directory'], '.'].flatMap((directory) => (directory === undefined ? [] : [resolve(table.baseDirectory, directory)]))
  root.resolvePath = (origin, target) => {
    const places = origin === '' ? [resolve(table.baseDirectory, target)] : [resolve(dirname(origin), target), ...directories.map((directory) => resolve(directory, target))]
    return checked(table, places.find((place) => existsSync(place)) ?? places[0]!)
  }
  try {
    // Its names stay as they are declared: columns are called so.
    root.loadSync(file, { keepCase: true })
    root.resolveAll()
    return root
  } catch (cause) {
    throw unreadable(table, file, cause)
  }
}

function rootOfDescriptor(table: TableDefinition, file: string): protobuf.Root {
  try {
    const set = descriptor.FileDescriptorSet.decode(readFileSync(checked(table, resolve(table.baseDirectory, file)))) as protobuf.Message & descriptor.IFileDescriptorSet
    const root = protobuf.Root.fromDescriptor(set, { keepCase: true })
    root.resolveAll()
    return root
  } catch (cause) {
    throw unreadable(table, file, cause)
  }
}

function unreadable(table: TableDefinition, file: string, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause
  const { message, code } = cause as NodeJS.ErrnoException
  return code === 'ENOENT'
    ? new MillraceError('SOURCE_MISSING', `the messages of table \`${table.name}\` cannot be read: ${message}`, {}, { cause })
    : new MillraceError('OPTION_INVALID', `${file} of table \`${table.name}\` declares no messages that can be understood: ${message}`, {}, { cause })
}

function checked(table: TableDefinition, path: string): string {
  if (table.confinedTo !== undefined) checkConfined(path, table.confinedTo, FACTS)
  return path
}

const FACTS = {
  realPath: (path: string): string | null => (lstatSync(path, { throwIfNoEntry: false }) === undefined ? null : realpathSync.native(path)),
  isLink: (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true,
}

/** Of all messages but those that the library brings along. */
function collectNames(parent: protobuf.NamespaceBase, names: string[]): void {
  for (const nested of parent.nestedArray) {
    const name = nested.fullName.slice(1)
    if (nested instanceof protobuf.Type && !name.startsWith('google.protobuf.')) names.push(name)
    if (nested instanceof protobuf.Namespace) collectNames(nested, names)
  }
}

function messageOf(type: protobuf.Type, known: Map<protobuf.Type, ProtoMessage>): ProtoMessage {
  const found = known.get(type)
  if (found !== undefined) return found
  const fields: ProtoField[] = []
  const message: ProtoMessage = { name: type.fullName.slice(1), fields }
  known.set(type, message)
  for (const field of type.fieldsArray) {
    field.resolve()
    fields.push({
      name: field.name, id: field.id, type: typeOf(field, known),
      label: field.map ? 'map' : field.repeated ? 'repeated' : 'single',
      key: field instanceof protobuf.MapField ? field.keyType as ScalarName : null,
      hasPresence: Boolean(field.hasPresence), isRequired: Boolean(field.required), isPacked: Boolean(field.packed),
    })
  }
  return message
}

function typeOf(field: protobuf.Field, known: Map<protobuf.Type, ProtoMessage>): ProtoType {
  const { resolvedType } = field
  if (resolvedType instanceof protobuf.Type) {
    if (field.delimited === true) throw new MillraceError('SQL_UNSUPPORTED', `field \`${field.name}\` is a group, which has no column; declare it as a message`)
    return { kind: 'message', message: messageOf(resolvedType, known) }
  }
  if (resolvedType instanceof protobuf.Enum) {
    const { valuesById, values, fullName } = resolvedType
    return {
      kind: 'enum', name: fullName.slice(1), names: new Map(Object.entries(valuesById).map(([number, name]) => [Number(number), name])), numbers: new Map(Object.entries(values)),
    }
  }
  return { kind: 'scalar', name: field.type as ScalarName }
}
