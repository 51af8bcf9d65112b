import { describe, expect, it } from 'vitest'
import { checkConfined, type PathFacts } from './confinement.js'

/** A file system of names: what each path leads to; `null` is a link that leads nowhere. */
function facts(places: Readonly<Record<string, string | null>>): PathFacts {
  return {
    realPath: (path) => (Object.hasOwn(places, path) ? places[path]! : null),
    isLink: (path) => Object.hasOwn(places, path) && places[path] !== path,
  }
}

const world = facts({
  '/': '/', '/jobs': '/jobs', '/jobs/a': '/jobs/a', '/jobs/a/in.json': '/jobs/a/in.json', '/jobs/a/out': '/etc', '/jobs/a/out/passwd': '/etc/passwd', '/jobs/a/self': '/jobs/a',
  '/jobs/a/gone': null, '/jobs/ab': '/jobs/ab', '/etc': '/etc', '/etc/passwd': '/etc/passwd', '/link': '/jobs/a', '/link/in.json': '/jobs/a/in.json',
})

describe('a confined path', () => {
  it.each(['/jobs/a', '/jobs/a/in.json', '/jobs/a/new/deep/file', '/jobs/a/x/../in.json', '/jobs/a/self/in.json', '/link/in.json', '/jobs/a/..x', '/jobs/a/...'])('may be %s', (path) => {
    expect(() => checkConfined(path, '/jobs/a', world)).not.toThrow()
    expect(() => checkConfined(path, '/link', world)).not.toThrow()
  })

  it.each(['/etc/passwd', '/jobs', '/', '/jobs/ab', '/jobs/ab/x', '/jobs/a/../b', '/jobs/a/../../etc/passwd', '/jobs/a/out', '/jobs/a/out/passwd', '/jobs/a/out/new', '/jobs/a/gone', '/jobs/a/gone/x'])('may not be %s', (path) => {
    expect(() => checkConfined(path, '/jobs/a', world)).toThrow(expect.objectContaining({ code: 'PATH_OUTSIDE' }))
  })

  it('needs its directory', () => {
    expect(() => checkConfined('/nowhere/x', '/nowhere', world)).toThrow(/does not exist/)
  })
})
