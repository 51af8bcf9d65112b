import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Vitest would leave a core free, which on two is half of them, and many a test waits for threads and brokers of its own.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts'],
          testTimeout: 60_000,
          setupFiles: ['test/fast-check.setup.ts'],
        },
      },
      {
        test: {
          name: 'whole',
          include: ['test/src/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          setupFiles: ['test/fast-check.setup.ts'],
        },
      },
    ],
  },
})
