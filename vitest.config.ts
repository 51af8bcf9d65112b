import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
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
