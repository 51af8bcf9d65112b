import { protocolErrors } from '@platformatic/kafka'
import { ERRORS } from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { BROKER_ERRORS, brokerError, brokerFailure, checkError, kafkaNameOf } from './error-codes.js'

/** Where we see it otherwise than that library, which goes by what Java's client retries by itself. */
const OTHERWISE = new Set([
  // They pass when another broker is asked.
  'BROKER_NOT_AVAILABLE', 'TRANSACTION_COORDINATOR_FENCED',
  // For the whole attempt, not for the request.
  'CORRUPT_MESSAGE',
])

describe('errors of brokers', () => {
  it('have the numbers and names that another client knows', () => {
    const theirs = new Map(Object.values(protocolErrors).map(({ code, id, canRetry }) => [code, { id, canRetry }]))
    for (const { code, name, passes } of BROKER_ERRORS.values()) {
      const known = theirs.get(code)
      // Its table ends before those of today's brokers.
      if (known === undefined) expect(code).toBeGreaterThan(108)
      else expect([code, name]).toEqual([code, known.id])
      if (known !== undefined && !OTHERWISE.has(name)) expect([name, passes]).toEqual([name, known.canRetry])
    }
  })

  it('are errors of ours, which pass where Kafka\'s do', () => {
    for (const { code, as, passes, name } of BROKER_ERRORS.values()) {
      expect(ERRORS).toHaveProperty(as)
      const failure = brokerFailure(code, 'something', { topic: 't' }, 'said')
      expect([failure.code, kafkaNameOf(failure), failure.details.topic]).toEqual([as, name, 't'])
      if (passes) expect(failure.retry).toBe(true)
      expect(failure.message).toContain(`something: ${name} (said)`)
    }
  })

  it('are told though we do not know them', () => {
    expect(brokerError(9_999)).toMatchObject({ as: 'KAFKA_PROTOCOL', passes: false })
    expect(() => checkError(9_999, 'x')).toThrow(/error 9999/)
    expect(() => checkError(0, 'x')).not.toThrow()
    expect(kafkaNameOf(new Error('x'))).toBeNull()
  })
})
