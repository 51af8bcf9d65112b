import { scalarFunction, type ScalarDefinition } from '@millrace/core'

/**
 * The function of Nexmark's q14: how often a character is in a text, 0 for a NULL. Published SQL names it by the class that
 * Flink has for it, which the runtime looks up here.
 */
const countChar: ScalarDefinition = scalarFunction({
  args: ['STRING', 'STRING'],
  returns: 'BIGINT',
  nulls: 'custom',
  deterministic: true,
  eval(text, character) {
    if (text === null || character === null || character === '') return 0
    const first = character.codePointAt(0)!
    const wanted = String.fromCodePoint(first)
    let count = 0
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) count++
    return count
  },
})

export default countChar
