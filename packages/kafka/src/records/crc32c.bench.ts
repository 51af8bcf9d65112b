import { bench, describe } from 'vitest'
import { crc32c } from './crc32c.js'

for (const bytes of [128, 16_384, 1_048_576]) {
  const data = new Uint8Array(bytes).map((_, i) => i * 7919)
  describe(`${bytes} bytes`, () => {
    bench('crc32c', () => void crc32c(data), { time: 300, warmupTime: 100 })
  })
}
