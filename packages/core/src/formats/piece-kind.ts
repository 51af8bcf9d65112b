/** What stands in a record for one column: a number below {@link TOKEN} is a text. */

/** No value, or null. */
export const NOTHING = 0
/** A text as it is. */
export const TEXT = 1
/** A text with escapes, still to be taken out. */
export const ESCAPED = 2
/** A text that its format does not allow (control characters in JSON). */
export const BAD_TEXT = 3
/** A JSON token that is no string: number, true, false. */
export const TOKEN = 4
/** A JSON array or object. */
export const NESTED = 5
