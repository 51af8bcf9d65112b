import { BOOLEAN } from '../../types/data-type.js'
import type { Value } from '../../types/data-type.js'
import type { ScalarFunction } from '../function.js'
import { ANY, BOOL, overload } from '../signature.js'

type Truth = boolean | null

const test = (name: string, doc: string, call: (a: Truth) => boolean): ScalarFunction =>
  ({ name, category: 'logic', doc, overloads: [overload({ args: [BOOL], returns: BOOLEAN, nulls: 'custom', call })] })

/** Three-valued logic; the interpreter and the generated code evaluate `and` and `or` lazily, from left to right. */
export const logic: readonly ScalarFunction[] = [
  {
    name: 'and', category: 'logic', doc: 'TRUE if both are; FALSE if one is, even beside NULL.',
    overloads: [overload({
      args: [BOOL, BOOL], rest: BOOL, returns: BOOLEAN, nulls: 'custom', nullable: true,
      call: (...args: Truth[]) => (args.includes(false) ? false : args.includes(null) ? null : true),
    })],
  },
  {
    name: 'or', category: 'logic', doc: 'TRUE if one is, even beside NULL; FALSE if both are.',
    overloads: [overload({
      args: [BOOL, BOOL], rest: BOOL, returns: BOOLEAN, nulls: 'custom', nullable: true,
      call: (...args: Truth[]) => (args.includes(true) ? true : args.includes(null) ? null : false),
    })],
  },
  {
    name: 'not', category: 'logic', doc: 'The opposite.',
    overloads: [overload({ args: [BOOL], returns: BOOLEAN, call: (a: boolean) => !a })],
  },
  {
    name: 'is null', category: 'logic', doc: 'Is it NULL?',
    overloads: [overload({ args: [ANY], returns: BOOLEAN, nulls: 'custom', call: (a: Value) => a === null })],
  },
  {
    name: 'is not null', category: 'logic', doc: 'Is it something other than NULL?',
    overloads: [overload({ args: [ANY], returns: BOOLEAN, nulls: 'custom', call: (a: Value) => a !== null })],
  },
  test('is true', 'Is it TRUE (and not NULL)?', (a) => a === true),
  test('is not true', 'Is it FALSE or NULL?', (a) => a !== true),
  test('is false', 'Is it FALSE (and not NULL)?', (a) => a === false),
  test('is not false', 'Is it TRUE or NULL?', (a) => a !== false),
  test('is unknown', 'Is the BOOLEAN NULL?', (a) => a === null),
  test('is not unknown', 'Is the BOOLEAN TRUE or FALSE?', (a) => a !== null),
]
