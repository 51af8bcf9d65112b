import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { pages, ROOT, runnableJavaScript } from './markdown.js'

describe('programs of the guides run and print what the guides say', () => {
  const blocks = pages().flatMap((page) => runnableJavaScript(page).map((block) => ({ page, ...block })))

  it('there are some', () => {
    expect(blocks.length).toBeGreaterThan(3)
  })

  it.each(blocks)('$page:$line', ({ code, output }) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: join(ROOT, 'test'), encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toBe(output ?? '')
  })
})
