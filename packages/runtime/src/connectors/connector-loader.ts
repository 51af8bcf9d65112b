import type { Connector, LoadedFormat, PhysicalPlan } from '@millrace/core'
import { assert } from '@millrace/core'
import { builtInConnector } from './built-in.js'
import type { ConnectorAddress } from './connector-address.js'
import { loadModuleConnector } from './load-connector.js'
import { findFormat } from './load-format.js'
import { loadFormats, tablesOf } from './plan-formats.js'
import type { MemoryStore } from './memory-store.js'
import type { ModuleTrust } from '../trusted-module.js'
import { resolveConnector } from './resolve-connector.js'

interface Loaded {
  readonly address: ConnectorAddress
  readonly connector: Connector
}

/** The connectors of one run on the main thread, each resolved and loaded once. */
export class ConnectorLoader {
  readonly #bases: readonly string[]
  readonly #store: MemoryStore
  readonly #trust: ModuleTrust
  readonly #loaded = new Map<string, Loaded>()
  readonly #formats = new Map<string, LoadedFormat>()

  constructor(bases: readonly string[], store: MemoryStore, trust: ModuleTrust = null) {
    this.#bases = bases
    this.#store = store
    this.#trust = trust
  }

  /** @throws MillraceError CONNECTOR_UNKNOWN, CONNECTOR_INVALID */
  async load(name: string): Promise<Connector> {
    const known = this.#loaded.get(name)
    if (known !== undefined) return known.connector
    const address = resolveConnector(name, this.#bases, this.#trust)
    const connector = address.kind === 'built-in' ? builtInConnector(name, this.#store, null)! : await loadModuleConnector(address)
    this.#loaded.set(name, { address, connector })
    return connector
  }

  /** @throws MillraceError OPTION_INVALID, SQL_UNSUPPORTED, CONNECTOR_INVALID, MODULE_REFUSED */
  async format(name: string): Promise<LoadedFormat> {
    const known = this.#formats.get(name) ?? (await findFormat(name, this.#bases, this.#trust))
    this.#formats.set(name, known)
    return known
  }

  /** One that {@link addresses} or the planner has loaded. */
  get(name: string): Connector {
    return this.#known(name).connector
  }

  /** Whether the value of a table's option is never printed or stored. */
  isSecret(name: string, option: string): boolean {
    const { reader, writer } = this.get(name)
    const isOfConnector = [reader?.options, writer?.options].some((options) => Object.entries(options ?? {}).some(([key, { secret }]) => secret === true
      && (key === option || (key.endsWith('.*') && option.startsWith(key.slice(0, -1))))))
    const ofFormat = option.replace(/^(?:key|value)\./, '')
    return isOfConnector || [...this.#formats.values()].some(({ format }) => format.options[ofFormat]?.secret === true)
  }

  /** Where workers find the connectors of a plan; loads those that the planner had no need of, and the formats of all tables. */
  async addresses(plan: PhysicalPlan): Promise<ConnectorAddress[]> {
    const names = new Set<string>(tablesOf(plan).map(({ connector }) => connector))
    await loadFormats(plan)
    for (const name of names) await this.load(name)
    return [...names].map((name) => this.#known(name).address)
  }

  #known(name: string): Loaded {
    const known = this.#loaded.get(name)
    assert(known !== undefined, 'a connector is loaded before it is used')
    return known
  }
}
