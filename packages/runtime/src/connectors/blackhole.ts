import type { Connector, Writer } from '@millrace/core'

/** Takes every row and keeps none: for measuring and for trying things out. */
export const blackhole: Connector = {
  name: 'blackhole',
  writer: {
    options: {},
    describe: async () => ({ accepts: 'retract', guarantee: 'none', single: false, summary: 'dropped' }),
    open: async (): Promise<Writer> => ({
      write: () => {},
      ready: () => {},
      prepare: async () => null,
      close: async () => {},
    }),
  },
}
