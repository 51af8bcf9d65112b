import { expect, test } from 'vitest'
import { textWidth } from './text-width.js'

test.each([
  ['', 0], ['plain', 5], ['naïve', 5],
  ['e\u0301', 1], ['日本', 4], ['😀', 2], ['👩‍👩‍👧', 2], ['👍🏽', 2], ['한글', 4], ['a\u200bb', 2], ['—', 1],
])('%s takes %i cells', (text, cells) => expect(textWidth(text)).toBe(cells))
