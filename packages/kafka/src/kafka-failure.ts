import { type ErrorCode, type ErrorDetails, MillraceError } from '@millrace/core'
import type { BrokerAddress } from './drivers/connection.js'

/** A failure of this package, with a sentence that says what to do where the code alone does not. */
export function kafkaFailure(code: ErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown): MillraceError {
  return new MillraceError(code, message, details, cause === undefined ? undefined : { cause })
}

/** The connection to a broker cannot be opened, or has ended. */
export function unavailable(address: BrokerAddress, what: string, cause?: unknown): MillraceError {
  const reason = cause === undefined ? '' : `: ${reasonOf(cause)}`
  return kafkaFailure('KAFKA_UNAVAILABLE', `broker ${addressText(address)} ${what}${reason}`, { broker: addressText(address) }, cause)
}

export function addressText({ host, port }: BrokerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The innermost message of an error: libraries wrap what the system said into sentences that say nothing. */
export function reasonOf(error: unknown): string {
  let innermost = error
  while (innermost instanceof Error) {
    const next: unknown = innermost instanceof AggregateError ? innermost.errors[0] : innermost.cause
    if (!(next instanceof Error)) break
    innermost = next
  }
  if (!(innermost instanceof Error)) return String(innermost)
  return innermost.message === '' ? (innermost as NodeJS.ErrnoException).code ?? innermost.name : innermost.message
}
