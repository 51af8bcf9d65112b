import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT: string = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')

/** Every page that users and contributors read, from the root on. */
export function pages(): string[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'))
  return ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...inDocs.map((name) => join('docs', name))].sort()
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

/** Links to files and headings that are not there: `../x.md`, `x.md#nothing`. */
export function brokenLinks(page: string): string[] {
  const text = withoutCode(readPage(page))
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
  return targets.filter((target) => !/^[a-z]+:/.test(target)).filter((target) => !leadsSomewhere(page, target))
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? join(ROOT, page) : resolve(ROOT, dirname(page), path)
  if (relative(ROOT, file).startsWith('..') || !existsSync(file)) return false
  return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).has(anchor)
}

/** Names that headings can be linked by, as GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map((match) => match[1]!)
  return new Set(headings.map((heading) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')))
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '')
}

/** The SQL of a page, and what it says comes out. */
export interface RunnableSql {
  readonly sql: string
  /** The `text` block that follows, if one does. */
  readonly output: string | null
  /** Line of the page, from 1. */
  readonly line: number
}

/**
 * Blocks marked ```` ```sql runnable ````: together they are one script, which runs in the folder that the page names in a
 * comment `<!-- runnable in examples/… -->`.
 */
export function runnableSql(page: string): readonly RunnableSql[] {
  return runnable(page, 'sql').map(({ code, ...rest }) => ({ sql: code, ...rest }))
}

/** A program of a page, and what it prints. */
export interface RunnableJavaScript {
  readonly code: string
  /** The `text` block that follows, if one does. */
  readonly output: string | null
  /** Line of the page, from 1. */
  readonly line: number
}

/** Blocks marked ```` ```js runnable ````: each is a program of its own. */
export function runnableJavaScript(page: string): readonly RunnableJavaScript[] {
  return runnable(page, 'js')
}

function runnable(page: string, language: string): RunnableJavaScript[] {
  const text = readPage(page)
  const block = new RegExp(`^\`\`\`${language} runnable\\n([\\s\\S]*?)^\`\`\`\\n(?:\\n\`\`\`text\\n([\\s\\S]*?)^\`\`\`\\n)?`, 'gm')
  return [...text.matchAll(block)].map((match) => ({
    code: match[1]!,
    output: match[2] ?? null,
    line: text.slice(0, match.index).split('\n').length,
  }))
}

export function runnableFolder(page: string): string | null {
  const folder = /<!-- runnable in (\S+) -->/.exec(readPage(page))?.[1]
  return folder === undefined ? null : join(ROOT, folder)
}
