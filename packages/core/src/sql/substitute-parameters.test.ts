import { describe, expect, test } from 'vitest'
import { MillraceError } from '../errors.js'
import { substituteParameters } from './substitute-parameters.js'

function thrown(action: () => void): MillraceError {
  try {
    action()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('parameters', () => {
  test.each<[string, Record<string, string>, string]>([
    ['SELECT ${a} FROM ${t:events}', { a: 'x + 1' }, 'SELECT x + 1 FROM events'],
    ['\'${a}/${b:c d}\'', { a: '/tmp' }, '\'/tmp/c d\''],
    ['\'${a}\'', { a: 'O\'Brien' }, '\'O\'\'Brien\''],
    ['${a}', { a: 'O\'Brien' }, 'O\'Brien'],
    ['`${a}` "${a}"', { a: 'x' }, '`x` "x"'],
    ['${a:}', {}, ''],
    ['${a:1}', { a: '' }, ''],
    ['-- ${missing}\n/* ${too} */ 1', {}, '-- ${missing}\n/* ${too} */ 1'],
    ['\'--\' ${a}', { a: '1' }, '\'--\' 1'],
    ['\'$dt $hm:00 $\' ${a}', { a: '${b}' }, '\'$dt $hm:00 $\' ${b}'],
    ['${a}', { a: '$& $1 $$' }, '$& $1 $$'],
  ])('%s', (text, params, expected) => {
    expect(substituteParameters(text, params)).toBe(expected)
  })

  test('a missing one is an error with its place', () => {
    const text = 'SELECT \'x ${daay}\''
    const error = thrown(() => substituteParameters(text, { day: '1', toString: 'x' }))
    const { span, suggestion } = error.details
    expect([error.code, text.slice(span!.start, span!.end), suggestion]).toEqual(['SQL_PARAMETER_MISSING', '${daay}', 'day'])
    expect(() => substituteParameters('${constructor}', {})).toThrow('no value')
  })
})
