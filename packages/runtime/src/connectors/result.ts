import { type Connector, MillraceError, RESULT_CONNECTOR } from '@millrace/core'

/** The sink of a bare SELECT. The engine hands its rows to the caller; no writer is ever opened. */
export const result: Connector = {
  name: RESULT_CONNECTOR,
  writer: {
    options: {},
    describe: async () => ({ accepts: 'retract', guarantee: 'none', single: false, summary: 'to the caller' }),
    open: async () => {
      throw new MillraceError('INTERNAL', 'broken rule: rows of a bare SELECT go to the result port')
    },
  },
}
