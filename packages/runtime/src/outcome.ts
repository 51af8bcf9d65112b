import { fromPlainError, type PlainError, toPlainError } from '@millrace/core'

/** What a call between threads gives: errors travel as data, because thrown ones would arrive without code and details. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: PlainError }

export async function outcomeOf<T>(work: () => Promise<T> | T): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    return { ok: false, error: toPlainError(error) }
  }
}

/** @throws MillraceError what the other thread threw */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw fromPlainError(outcome.error)
}
