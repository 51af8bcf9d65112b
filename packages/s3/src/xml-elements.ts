/**
 * The texts of all elements of a name. For the answers of S3, which are flat lists of elements without attributes of interest: nothing
 * else of XML is read, and what does not look like them gives nothing.
 *
 * ```xml
 * <Contents><Key>job/epoch-1/manifest</Key></Contents>
 * ```
 */
export function elementTexts(xml: string, name: string): string[] {
  const opening = `<${name}>`
  const closing = `</${name}>`
  const texts: string[] = []
  for (let at = xml.indexOf(opening); at !== -1; at = xml.indexOf(opening, at)) {
    const start = at + opening.length
    const end = xml.indexOf(closing, start)
    if (end === -1) break
    texts.push(unescaped(xml.slice(start, end)))
    at = end + closing.length
  }
  return texts
}

/** The text of the first, or null. */
export function elementText(xml: string, name: string): string | null {
  return elementTexts(xml, name)[0] ?? null
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hexadecimal?: string, entity?: string) => {
    if (entity !== undefined) return ENTITIES[entity] ?? whole
    const code = decimal === undefined ? parseInt(hexadecimal!, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
