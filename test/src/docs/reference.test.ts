import { createRuntime } from '@millrace/runtime'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { brokenLinks, pages, ROOT, runnableFolder, runnableSql } from './markdown.js'
import { lastResult, sameRows } from './query-output.js'

describe('the reference', () => {
  it('says what the code says', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/write-reference.mjs', '--check'], { cwd: ROOT, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})

describe('links lead somewhere', () => {
  it.each(pages())('%s', (page) => {
    expect(brokenLinks(page)).toEqual([])
  })
})

describe('SQL of the guides compiles', () => {
  const withSql = pages().filter((page) => runnableSql(page).length > 0)

  it('there is some', () => {
    expect(withSql.length).toBeGreaterThan(3)
  })

  it.each(withSql)('%s', async (page) => {
    const folder = runnableFolder(page)
    expect(folder !== null && existsSync(folder), 'the page names the folder of its examples').toBe(true)
    const runtime = createRuntime({ workers: 2 })
    let script = ''
    for (const { sql, line } of runnableSql(page)) {
      script += sql
      // Everything up to here, so that a mistake is told with the line of its block.
      await runtime.compile(script, { baseDirectory: folder!, fileName: `${page}:${line}`, resolveFrom: [join(ROOT, 'packages/cli')] })
    }
    await runtime.close()
  })
})

describe('SQL of the guides gives what the guides say', () => {
  const shown = pages().flatMap((page) => runnableSql(page)
    .filter(({ sql, output }) => output !== null && !/\bINSERT\b/.test(sql))
    .map((block) => ({ page, ...block })))

  it.each(shown)('$page:$line', async ({ page, sql, output, line }) => {
    const tables = runnableSql(page).filter((block) => block.line < line && !/\b(SELECT|INSERT)\b/.test(block.sql))
    const given = await lastResult([...tables.map((block) => block.sql), sql].join('\n'), runnableFolder(page)!)
    expect(sameRows(given, output!, /\bORDER BY\b[^)]*$/.test(sql)), given).toBe(true)
  })
})
