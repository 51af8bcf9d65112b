import { randomUUID } from 'node:crypto'

/** Of a job or an attempt. */
export function newId(): string {
  return randomUUID().replaceAll('-', '').slice(0, 12)
}
