import { createServer } from 'node:net'

/** Below the ports that systems give out by themselves, so that nobody else comes upon one between our look and the broker's. */
const FIRST_PORT = 20_000
const PORTS = 12_000

/** Ports of the loopback that nobody listens to; brokers tell each other their ports before they listen. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
