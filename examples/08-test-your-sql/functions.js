// What revenue.sql calls. Decimals come as text, so that they stay exact.
import { scalarFunction } from '@millrace/core'

export const withoutTax = scalarFunction({
  args: ['DECIMAL(10, 2)'],
  returns: 'DECIMAL(10, 2)',
  deterministic: true,
  eval: (amount) => {
    const cents = BigInt(amount.replace('.', ''))
    const net = String((cents * 4n + 2n) / 5n).padStart(3, '0')
    return `${net.slice(0, -2)}.${net.slice(-2)}`
  },
})
