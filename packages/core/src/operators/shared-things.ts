/** What the readers or writers of one node share (see ReaderContext.shared): made once a key, closed with the pipeline. */
export class SharedThings {
  readonly #things = new Map<string, unknown>()

  readonly get = <T>(key: string, create: () => T): T => {
    if (!this.#things.has(key)) this.#things.set(key, create())
    return this.#things.get(key) as T
  }

  async close(): Promise<void> {
    const things = [...this.#things.values()]
    this.#things.clear()
    for (const thing of things) if (isClosable(thing)) await thing.close()
  }
}

function isClosable(thing: unknown): thing is { close(): unknown } {
  return typeof thing === 'object' && thing !== null && 'close' in thing && typeof thing.close === 'function'
}
