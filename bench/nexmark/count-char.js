/** How often a character is in a text. */
export function countChar(text, character) {
  let count = 0
  for (const each of text) if (each === character) count++
  return count
}
