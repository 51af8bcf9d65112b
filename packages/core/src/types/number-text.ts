/**
 * A DOUBLE as text: the shortest digits that read back as the same number. Whole numbers keep a `.0` so that they are
 * told from integers; exponents are written `1.0E21`. Past those: `NaN`, `Infinity`, `-Infinity`.
 */
export function formatDouble(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value)
  if (!Number.isFinite(value)) return text
  const exponentAt = text.indexOf('e')
  if (exponentAt < 0) return text.includes('.') ? text : `${text}.0`
  const mantissa = text.slice(0, exponentAt)
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${text.slice(exponentAt + 1).replace('+', '')}`
}

/** The shortest digits that read back as the same FLOAT: 0.1 and not 0.10000000149011612. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatDouble(value)
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return formatDouble(shorter)
  }
  return formatDouble(Number(value.toPrecision(9)))
}

const DOUBLE_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** `null` where the trimmed text is no number. Takes `NaN`, `Infinity`, `inf` with sign and in any case too. */
export function parseDouble(text: string): number | null {
  if (DOUBLE_TEXT.test(text)) return Number(text)
  switch (text.toLowerCase()) {
    case 'nan': return NaN
    case 'infinity': case '+infinity': case 'inf': case '+inf': return Infinity
    case '-infinity': case '-inf': return -Infinity
    default: return null
  }
}
