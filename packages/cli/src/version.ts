import { readFileSync } from 'node:fs'

/** The version in this package's manifest. */
export const VERSION: string = manifest().version

function manifest(): { version: string } {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
}
