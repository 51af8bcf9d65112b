/** Options that are secret by their name, where no connector has been asked: an error may come before that. */
const SECRET_NAME = /pass(?:word|wd|phrase)?$|secret|token|credential|jaas|private|(?:api|access)[-_.]?key/i

/** Options that are shown even where nobody has said what is secret. */
const OPEN_NAME = /^(?:connector|format|path|topic)$/

/** `'name' = 'value'`, whose end may be missing. */
const PAIR = /('(?:[^']|'')*')(\s*=\s*')((?:[^']|'')*)/g

/**
 * A SQL text with asterisks for the values of secret options, at the same places otherwise: what excerpts in errors are cut from.
 *
 * @param names of options that connectors declare secret; a name may end in `.*`. `'unknown'`: no connector could be asked, since the text
 *   was not understood: then nearly all values are hidden
 */
export function maskSecrets(text: string, names: Iterable<string> | 'unknown' = []): string {
  const declared = names === 'unknown' ? null : [...names]
  return text.replace(PAIR, (all: string, quoted: string, between: string, value: string) => {
    const name = quoted.slice(1, -1).toLowerCase()
    const isSecret = SECRET_NAME.test(name) || (declared === null ? !OPEN_NAME.test(name) : declared.some((known) => known === name || (known.endsWith('.*') && name.startsWith(known.slice(0, -1)))))
    return isSecret ? `${quoted}${between}${value.replaceAll(/[^\r\n]/g, '*')}` : all
  })
}
