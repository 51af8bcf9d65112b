import { MillraceError } from '@millrace/core'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { printError } from './print-error.js'

function printed(error: unknown): { text: string; exitCode: number } {
  const stream = new PassThrough()
  const exitCode = printError(error, stream)
  return { text: String(stream.read()), exitCode }
}

test('what is wrong with the SQL ends with 2 and is printed as the compiler tells it', () => {
  const error = new MillraceError('SQL_TYPE', 'SQL_TYPE  a.sql:1:2  no\n  1 | x', { place: 'a.sql:1:2', alternatives: ['y'] })
  expect(printed(error)).toEqual({ text: 'SQL_TYPE  a.sql:1:2  no\n  1 | x\n', exitCode: 2 })
})

test('what has no place in the SQL names what would have done', () => {
  const error = new MillraceError('OPTION_UNKNOWN', "a job has no option 'sede'", { alternatives: ['compile', 'seed'], suggestion: 'seed' })
  const text = "OPTION_UNKNOWN  a job has no option 'sede'\n  did you mean seed?  there are compile, seed\n"
  expect(printed(error)).toEqual({ text, exitCode: 2 })
})

test('a row that fails ends with 1 and says how to go on without it', () => {
  const error = new MillraceError('ROW_UNDECODABLE', 't, split 0, position 8: no', { source: 't', split: '0', position: 8 })
  const { text, exitCode } = printed(error)
  expect(text).toMatch(/^ROW_UNDECODABLE {2}t, split 0, position 8: no\n.*'on-error' = 'skip'.*of t\n$/)
  expect(exitCode).toBe(1)
})

test('what is no error of ours is a defect, with its stack', () => {
  const { text, exitCode } = printed(new TypeError('oops'))
  expect(text).toMatch(/^INTERNAL {2}TypeError: oops\n {4}at /)
  expect(exitCode).toBe(1)
})
