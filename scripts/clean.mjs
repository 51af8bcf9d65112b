#!/usr/bin/env node
// Removes what `tsc -b` has written.
import { readdirSync, rmSync } from 'node:fs'

for (const folder of [...readdirSync('packages').map((name) => `packages/${name}`), 'bench', 'test', 'test/kafka']) {
  rmSync(`${folder}/dist`, { recursive: true, force: true })
}
