/** What takes two cells of a terminal: East Asian scripts, full-width forms and pictures. */
const WIDE = new RegExp([
  '[\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3\\uf900-\\ufaff]',
  '[\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6\\u{20000}-\\u{3fffd}]',
  '\\p{Emoji_Presentation}',
].join('|'), 'u')
/** What is drawn on the character before it. */
const ATTACHED = /^[\p{Mn}\p{Me}\p{Cf}\u{1f3fb}-\u{1f3ff}]$/u

/** Cells that a line of text takes on a terminal. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  let joined = false
  for (const char of text) {
    if (!joined && !ATTACHED.test(char)) width += WIDE.test(char) ? 2 : 1
    joined = char === '\u200d'
  }
  return width
}
