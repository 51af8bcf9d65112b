// Runs the tests beside it and tells of each. `node --test examples/08-test-your-sql` says more.
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'

const tests = run({ files: [fileURLToPath(new URL('./revenue.test.js', import.meta.url))] })
tests.on('test:pass', ({ name }) => console.log(`passed: ${name}`))
tests.on('test:fail', ({ name, details }) => {
  console.log(`FAILED: ${name}\n${details.error}`)
  process.exitCode = 1
})
tests.resume()
