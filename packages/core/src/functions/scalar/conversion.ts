import { STRING, typeName } from '../../types/data-type.js'
import type { ScalarFunction } from '../function.js'
import { ANY, overload, TEXTUAL } from '../signature.js'
import { numberTexts } from './number-pattern.js'

/** Conversions other than CAST, which is an expression of its own. */
export const conversions: readonly ScalarFunction[] = [
  {
    name: 'typeof', aliases: ['pg_typeof'], category: 'conversion', doc: 'The name of the argument’s type.',
    overloads: [overload({ args: [ANY], returns: STRING, nulls: 'custom', make: ({ args }) => () => typeName(args[0]!) })],
  },
  {
    name: 'to_text', category: 'conversion', doc: 'The value as text, as CAST does it.',
    overloads: [overload({ args: [TEXTUAL], returns: STRING, call: (text: string) => text })],
  },
  ...numberTexts,
]
