#!/usr/bin/env node
// Writes the pages of docs/reference that say what the code says: functions, errors, options. Needs a build.
// `--check` writes nothing and ends with 1 if a page is not what it would write.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { formats as avro } from '../packages/avro/dist/index.js'
import { ERRORS, FORMAT_NAMES, FORMAT_OPTIONS, formatOf, TABLE_OPTIONS } from '../packages/core/dist/index.js'
import { JOB_SETTINGS } from '../packages/core/dist/compile.js'
import { aggregateFunctions, scalarFunctions } from '../packages/core/dist/functions/catalogue.js'
import { overFunctions } from '../packages/core/dist/functions/over-functions.js'
import { tableFunctions } from '../packages/core/dist/functions/table/catalogue.js'
import { scalarExamples } from '../packages/core/dist/functions/examples/index.js'
import { connector as datagen, nexmark } from '../packages/datagen/dist/index.js'
import { connector as file } from '../packages/file/dist/index.js'
import { connector as kafka } from '../packages/kafka/dist/index.js'
import { formats as protobuf } from '../packages/protobuf/dist/index.js'
import { BUILT_IN_NAMES, builtInConnector } from '../packages/runtime/dist/connectors/built-in.js'

const GENERATED = '<!-- Written by scripts/write-reference.mjs. Change the code that it describes, then run the script. -->'
const EXAMPLES_PER_FUNCTION = 3
const SIGNATURES_PER_LINE = 4

// ---------------------------------------------------------------------------------------------------------- functions

const CATEGORIES = {
  operator: 'Arithmetic operators', comparison: 'Comparison and patterns', logic: 'Logic', conditional: 'Conditionals', numeric: 'Numbers',
  string: 'Text', time: 'Dates and times', json: 'JSON', collection: 'Arrays, maps and rows', conversion: 'Conversion', hash: 'Hashes',
  context: 'Chance',
}

/** What stands between, before or behind its arguments rather than before brackets, and how. */
const WRITTEN = {
  'neg': ([a]) => `-${a}`,
  'pos': ([a]) => `+${a}`,
  'not': ([a]) => `NOT ${a}`,
  'and': (args) => args.join(' AND '),
  'or': (args) => args.join(' OR '),
  'between': ([a, low, high]) => `${a} BETWEEN ${low} AND ${high}`,
  'like': like('LIKE'),
  'ilike': like('ILIKE'),
  'similar to': like('SIMILAR TO'),
  'is distinct from': ([a, b]) => `${a} IS DISTINCT FROM ${b}`,
  'is not distinct from': ([a, b]) => `${a} IS NOT DISTINCT FROM ${b}`,
  'field': () => 'a.b',
  'array': (args) => `ARRAY[${args.join(', ')}]`,
  'map': (args) => `MAP[${args.join(', ')}]`,
}

function like(word) {
  return ([text, pattern, escape]) => `${text} ${word} ${pattern}${escape === undefined ? '' : ` ESCAPE ${escape}`}`
}

function functionsPage() {
  const sections = Object.entries(CATEGORIES).map(([category, title]) => {
    const own = scalarFunctions.filter((f) => f.category === category)
    return section(title, own.map(scalarEntry))
  })
  const missing = scalarFunctions.find((f) => !Object.hasOwn(CATEGORIES, f.category))
  if (missing !== undefined) throw new Error(`no title for functions of category ${missing.category}`)
  return page('Functions', `
All ${scalarFunctions.length} scalar functions and operators, ${aggregateFunctions.length} aggregate functions and ${overFunctions.length} for OVER. \`SHOW FUNCTIONS\` lists the same.
Names match in any case. Where a signature says *number* the result has the types' common form, and *integer* stands for TINYINT to
BIGINT. A NULL argument makes the result NULL unless the sentence says otherwise. Behind an arrow stands the result as text, or the
[code](errors.md) with which the row fails. \`CAST\`, \`TRY_CAST\`, \`CASE\`, \`EXTRACT\` and \`IN\` are syntax: see [statements](statements.md).

Contents: ${[...Object.values(CATEGORIES), 'Aggregate functions', 'Functions of OVER', 'Table functions'].map((title) => `[${title}](#${anchor(title)})`).join(' · ')}

${sections.join('\n\n')}

## Aggregate functions

All take \`DISTINCT\` and \`FILTER (WHERE …)\`, and leave NULLs out unless the sentence says otherwise. *In order* means the order of
the rows in their splits, or that of an \`ORDER BY\` inside the call.

${aggregateFunctions.map(aggregateEntry).join('\n\n')}

## Functions of OVER

They need \`OVER (PARTITION BY … ORDER BY …)\`; every aggregate function takes it too: see [OVER and Top-N](../guide/over-and-top-n.md).
Counts (buckets, offsets, the n of \`nth_value\`) are constants.

${overFunctions.map(entryHead).join('\n\n')}

## Table functions

They stand in FROM, alone or beside a table whose columns they take: see [nested data](../guide/nested-data.md). A NULL argument gives no
rows.

${tableFunctions.map(entryHead).join('\n\n')}
`)
}

const examplesByName = Map.groupBy === undefined ? groupBy(scalarExamples()) : Map.groupBy(scalarExamples(), (example) => example.name)

function groupBy(examples) {
  const groups = new Map()
  for (const example of examples) groups.set(example.name, [...(groups.get(example.name) ?? []), example])
  return groups
}

function scalarEntry(f) {
  const examples = (examplesByName.get(f.name) ?? []).slice(0, EXAMPLES_PER_FUNCTION).map((example) => printedExample(f.name, example.text))
  const block = examples.length === 0 ? '' : `\n\n\`\`\`text\n${examples.join('\n')}\n\`\`\``
  return `${entryHead(f)}${block}`
}

function aggregateEntry(f) {
  return entryHead(f)
}

function entryHead({ name, aliases = [], doc, overloads }) {
  const also = aliases.length === 0 ? '' : ` Also ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`
  const signatures = overloads.map(({ signature }) => `\`${signature}\``)
  const list = signatures.length > SIGNATURES_PER_LINE ? signatures.map((signature) => `- ${signature}`).join('\n') : signatures.join(' · ')
  return `### \`${name}\`\n\n${doc}${also}\n\n${list}`
}

/** `+(1, 2) → 3` as people write it: `1 + 2 → 3`. */
function printedExample(name, text) {
  const arrow = text.lastIndexOf(' → ')
  const args = splitArguments(text.slice(name.length + 1, arrow).trimEnd().slice(0, -1))
  const result = text.slice(arrow)
  const written = WRITTEN[name]
  if (written !== undefined) return written(args) + result
  if (name.startsWith('is ')) return `${args[0]} ${name.toUpperCase()}${result}`
  if (!/^\w/.test(name) && args.length === 2) return `${args[0]} ${name} ${args[1]}${result}`
  return text
}

/** Cuts at commas outside quotes and brackets. */
function splitArguments(text) {
  const args = []
  let depth = 0
  let quoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === "'") quoted = !quoted
    if (quoted) continue
    if (c === '(' || c === '[') depth++
    if (c === ')' || c === ']') depth--
    if (c === ',' && depth === 0) {
      args.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  if (text.slice(start).trim() !== '') args.push(text.slice(start).trim())
  return args
}

// ------------------------------------------------------------------------------------------------------------- errors

const DOMAINS = { user: 'query, options or data', external: 'disk, network, threads', internal: 'a defect of Millrace' }

function errorsPage() {
  const rows = Object.entries(ERRORS).map(([code, { domain, retry, message }]) => `| \`${code}\` | ${domain} | ${retry ? 'yes' : 'no'} | ${message} |`)
  return page('Errors', `
Every error is a \`MillraceError\` with one of these codes, a message that says what to do, and \`details\` (place in the SQL text;
table, split and position of a row; valid alternatives). *Who* has to act: ${Object.entries(DOMAINS).map(([domain, of]) => `**${domain}** (${of})`).join(', ')}.
*Retry*: whether trying again unchanged may succeed. The command ends with 2 for \`SQL_…\`, \`OPTION_…\`, \`CONNECTOR_…\`, \`USAGE\` and
\`SOURCE_MISSING\`, with 1 for all others.

| code | who | retry | what happened |
|---|---|---|---|
${rows.join('\n')}
`)
}

// ------------------------------------------------------------------------------------------------------------ options

function optionsPage() {
  // `print` is `stdout` by another name, and `result` the sink of a bare SELECT.
  const builtIn = BUILT_IN_NAMES.filter((name) => name !== 'result' && name !== 'print').map((name) => [name, builtInConnector(name, null, null)])
  const connectors = [['file', file], ['kafka', kafka], ['datagen', datagen], ['nexmark', nexmark], ...builtIn]
  return page('Options', `
Names are written in quotes, \`WITH ('connector' = 'file', …)\`, and match in any case. An unknown name is refused with the nearest valid
one. A *duration* is \`500ms\`, \`10s\`, \`5 min\`, \`1h 30m\` (a bare number is milliseconds), *bytes* are \`4096\`, \`64kb\`, \`16mb\`
(powers of 1,024), a *boolean* is \`true\` or \`false\`.

## Every table

${optionTable(TABLE_OPTIONS)}

${connectors.map(([name, connector]) => connectorSection(name, connector)).join('\n\n')}

## Formats

Options of the format that \`format\` or \`value.format\` names, with \`value.\` before them or not; with \`key.\` before them those of \`key.format\`.
See [formats](../guide/formats.md).

${[...FORMAT_NAMES.map((name) => formatOf(name)), ...avro, ...protobuf].map(formatSection).join('\n\n')}

## Settings of a job

By \`SET 'key' = 'value'\` in the text, \`--set key=value\` on the command line, or \`set: { key: value }\` in the library.

${optionTable(JOB_SETTINGS)}
`)
}

function connectorSection(name, { reader, writer }) {
  const parts = [['to read', reader], ['to write', writer]].filter(([, factory]) => factory !== undefined)
  const tables = parts.map(([use, { options }]) => {
    const own = withoutFormats(options)
    const text = Object.keys(own).length === 0 ? 'No options.' : optionTable(own)
    return `${use[0].toUpperCase()}${use.slice(1)}:\n\n${text}`
  })
  const also = name === 'stdout' ? ', also `print`' : ''
  return `## Connector \`${name}\`${also}\n\n${tables.join('\n\n')}`
}

function formatSection({ name, options }) {
  return `### Format \`${name}\`\n\n${Object.keys(options).length === 0 ? 'No options.' : optionTable(options)}`
}

/** What formats add is told with them. */
function withoutFormats(options) {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !Object.hasOwn(FORMAT_OPTIONS, name)))
}

function optionTable(options) {
  const rows = Object.entries(options).filter(([, option]) => option.refused !== true).map(([name, option]) => {
    const fallback = option.required ? 'required' : option.default === undefined ? '–' : option.default === '' ? 'empty' : `\`${option.default}\``
    return `| \`${name}\` | ${typeOf(option)} | ${fallback} | ${option.doc.replaceAll('|', '\\|')} |`
  })
  return `| option | type | default | what it does |\n|---|---|---|---|\n${rows.join('\n')}`
}

function typeOf({ type, values, minimum, maximum }) {
  if (values !== undefined) return values.map((value) => `\`${value}\``).join(', ')
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`
  return minimum === undefined ? type : `${type}, at least ${minimum}`
}

// -------------------------------------------------------------------------------------------------------------- pages

function page(title, body) {
  return `# ${title}\n\n${GENERATED}\n${body}`
}

function section(title, entries) {
  return `## ${title}\n\n${entries.join('\n\n')}`
}

function anchor(title) {
  return title.toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-')
}

const pages = { 'functions.md': functionsPage(), 'errors.md': errorsPage(), 'options.md': optionsPage() }
const isCheck = process.argv.includes('--check')
for (const [name, text] of Object.entries(pages)) {
  const path = new URL(`../docs/reference/${name}`, import.meta.url)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  if (before === text) continue
  if (isCheck) {
    console.error(`docs/reference/${name} is out of date: npm run build && node scripts/write-reference.mjs`)
    process.exitCode = 1
  } else {
    writeFileSync(path, text)
    console.log(`wrote docs/reference/${name}`)
  }
}
