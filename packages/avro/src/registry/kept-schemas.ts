import { SCHEMAS_KEPT_MAX } from '../limits.js'
import type { AvroSchema } from '../schema/parse-schema.js'
import type { SchemaRegistry } from './schema-registry.js'

/** The schemas of a registry that a worker has asked for: each once, whoever reads records of it. */
export class KeptSchemas {
  readonly #registry: SchemaRegistry
  readonly #schemas = new Map<number, Promise<AvroSchema | null>>()

  constructor(registry: SchemaRegistry) {
    this.#registry = registry
  }

  /** @returns null where the registry has none of that id. @throws MillraceError SCHEMA_UNAVAILABLE, SCHEMA_REFUSED */
  byId(id: number): Promise<AvroSchema | null> {
    const known = this.#schemas.get(id)
    if (known !== undefined) return known
    const asked = this.#registry.byId(id)
    if (this.#schemas.size >= SCHEMAS_KEPT_MAX) this.#schemas.delete(this.#schemas.keys().next().value!)
    this.#schemas.set(id, asked)
    // Another record may ask again after a failure.
    asked.catch(() => this.#schemas.delete(id))
    return asked
  }
}
