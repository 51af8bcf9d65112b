import { unreachable } from '@millrace/core'
import type { Driver, DriverName } from './connection.js'

/** The driver of that name; the library of the other one is never loaded. */
export async function driverOf(name: DriverName): Promise<Driver> {
  switch (name) {
    case 'platformatic': return (await import('./platformatic.js')).platformaticDriver
    case 'kafkajs': return (await import('./kafkajs.js')).kafkajsDriver
    default: return unreachable(name)
  }
}
