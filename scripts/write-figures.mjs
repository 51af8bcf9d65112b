#!/usr/bin/env node
// Puts the recorded figures (bench/baselines/*.json) into README.md between its markers, and draws one of them.
// `npm run bench` writes to bench/results; copy a run from there to bench/baselines to record it.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'

const START = '<!-- figures:start -->'
const END = '<!-- figures:end -->'
const ORDER = ['trades', 'kafka', '1brc', 'nexmark', 'scaling', 'strategies', 'checkpoints', 'soak']

const names = readdirSync('bench/baselines').filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5))
const recorded = new Map(names.map((name) => [name, JSON.parse(readFileSync(`bench/baselines/${name}.json`, 'utf8'))]))
const machine = [...recorded.values()][0]?.machine
const sections = ORDER.filter((name) => recorded.has(name)).flatMap((name) => recorded.get(name).tables.map(markdown))
mkdirSync('docs/figures', { recursive: true })
writeFileSync('docs/figures/trades.svg', bars(recorded.get('trades').tables[0]))

const readme = readFileSync('README.md', 'utf8')
const [before, after] = [readme.indexOf(START), readme.indexOf(END)]
if (before < 0 || after < 0 || !existsSync('README.md')) throw new Error(`README.md needs ${START} and ${END}`)
const head = `Measured by \`npx millrace bench\` on ${machine.cores} cores (${machine.cpu}), Node ${machine.node.slice(1)}: every contender in a
process of its own, in turn, medians over the rounds, results compared by hash.

![Rows per second on trades](docs/figures/trades.svg)`
writeFileSync('README.md', `${readme.slice(0, before)}${START}\n${head}\n\n${sections.join('\n')}${readme.slice(after)}`)

function markdown({ title, columns, rows, notes }) {
  const line = (cells) => `| ${cells.map((cell) => (typeof cell === 'number' ? number(cell) : cell)).join(' | ')} |`
  const align = `|${columns.map((_, i) => (i === 0 ? '---|' : '---:|')).join('')}`
  return `**${title}**\n\n${line(columns)}\n${align}\n${rows.map(line).join('\n')}\n\n${notes.map((note) => `- ${note}`).join('\n')}\n`
}

function number(value) {
  return Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)))
}

/** A bar for each row of a table: its first column is the label, its second the value. */
function bars({ title, rows }) {
  const most = Math.max(...rows.map((row) => row[1]))
  const step = 30
  const height = 44 + rows.length * step
  const bar = ([label, value], i) => {
    const y = 36 + i * step
    const width = Math.max(2, Math.round((value / most) * 430))
    return `  <text x="130" y="${y + 15}" text-anchor="end">${label.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>
  <rect x="140" y="${y}" width="${width}" height="20" rx="3" fill="${/millrace/i.test(label) ? '#2f7d5b' : '#8a93a0'}"/>
  <text x="${148 + width}" y="${y + 15}">${(value / 1e6).toFixed(1)} M</text>`
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#6b7480" role="img">
  <title>${title}, rows per second</title>
  <text x="140" y="20" font-weight="600">${title}: rows per second</text>
${rows.map(bar).join('\n')}
</svg>
`
}
