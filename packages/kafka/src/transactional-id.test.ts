import { expect, it } from 'vitest'
import { isTransactionalIdOf, transactionalIdOf } from './transactional-id.js'

it('is told from those of other jobs, clusters, workers and slots', () => {
  const ids = [
    transactionalIdOf('p', 'job', 'kafka://a:1', 0, 0), transactionalIdOf('p', 'job', 'kafka://b:1', 0, 0), transactionalIdOf('p', 'job', 'kafka://a:1', 1, 0),
    transactionalIdOf('p', 'job', 'kafka://a:1', 0, 1),
  ]
  const others = [transactionalIdOf('p', 'job-1', 'kafka://a:1', 0, 0), transactionalIdOf('p', 'job2', 'kafka://a:1', 0, 0), transactionalIdOf('q', 'job', 'kafka://a:1', 0, 0)]
  expect(new Set([...ids, ...others]).size).toBe(7)
  expect(ids.filter((id) => isTransactionalIdOf('p', 'job', id))).toEqual(ids)
  expect(others.filter((id) => isTransactionalIdOf('p', 'job', id))).toEqual([])
})
