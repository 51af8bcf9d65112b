import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Stands between clients and a broker, which tells clients this address: connections can be cut or stopped as a network does it. */
export class CutProxy {
  /** Connections that were let through, ever. */
  connections = 0
  readonly #server: Server
  readonly #pairs: Set<readonly [Socket, Socket]> = new Set()
  #cutUntilMs = 0
  #isSilent = false

  private constructor(target: number) {
    this.#server = createServer((client) => this.#accept(client, target))
  }

  static async start(port: number, target: number): Promise<CutProxy> {
    const proxy = new CutProxy(target)
    await new Promise<void>((resolve, reject) => proxy.#server.once('error', reject).listen(port, '127.0.0.1', resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections break, and new ones are refused for so long. */
  cut(ms: number): void {
    this.#cutUntilMs = Date.now() + ms
    for (const [client, broker] of this.#pairs) {
      client.resetAndDestroy()
      broker.resetAndDestroy()
    }
  }

  /** Nothing comes through any more, and nobody is told: as when a cable is pulled. What was sent meanwhile arrives afterwards. */
  silence(ms: number): void {
    this.#isSilent = true
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
    setTimeout(() => {
      this.#isSilent = false
      for (const pair of this.#pairs) for (const socket of pair) socket.resume()
    }, ms).unref()
  }

  async stop(): Promise<void> {
    this.cut(0)
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #accept(client: Socket, target: number): void {
    if (Date.now() < this.#cutUntilMs) return void client.resetAndDestroy()
    this.connections++
    const broker = connect({ host: '127.0.0.1', port: target, noDelay: true })
    client.setNoDelay(true)
    const pair = [client, broker] as const
    this.#pairs.add(pair)
    for (const [from, to] of [[client, broker], [broker, client]] as const) {
      from.on('data', (bytes) => {
        if (!to.write(bytes)) from.pause()
      })
      to.on('drain', () => {
        if (!this.#isSilent) from.resume()
      })
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        to.destroy()
        this.#pairs.delete(pair)
      })
    }
    if (this.#isSilent) for (const socket of pair) socket.pause()
  }
}
