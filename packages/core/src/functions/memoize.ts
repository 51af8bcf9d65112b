/** Results kept by {@link memoize} for one function. Past it they are all forgotten and made again. */
const MEMO_ENTRIES_MAX = 256

/**
 * Keeps what `make` gives by its text: for patterns, formats and units, which are nearly always the same constant in
 * every row.
 */
export function memoize<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  let lastText: string | undefined
  let last!: T
  return (text) => {
    if (text === lastText) return last
    let made = known.get(text)
    if (made === undefined) {
      made = make(text)
      if (known.size >= MEMO_ENTRIES_MAX) known.clear()
      known.set(text, made)
    }
    lastText = text
    last = made
    return made
  }
}
