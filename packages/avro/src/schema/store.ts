// Schemas by fingerprint: what a reader of single objects knows. Bounded, because what asks for a
// schema came from a peer.

import { AvroError } from "../errors.ts"
import { sharedFingerprint } from "./fingerprint.ts"
import type { Schema } from "./schema.ts"

/** Finds a schema by its fingerprint. */
export interface SchemaStore {
  /** Adds a schema, or another in the place of one with the same fingerprint. */
  add(schema: Schema): void
  /** The schema with this CRC-64-AVRO fingerprint, as `fingerprint(schema)` gives it. */
  find(fingerprint: Uint8Array): Schema | undefined
}

/** Options of `createSchemaStore`. */
export interface SchemaStoreOptions {
  /** How many schemas to keep. Beyond them the one not used for the longest time is forgotten. Default 1000. */
  readonly maxSchemas?: number
  /**
   * Asked for a schema that is not in the store; what it returns is added. It is asked again every time
   * it returned `undefined`. Where to ask takes time (a registry), ask with `singleObjectFingerprint`
   * before decoding, and `add` the answer.
   */
  readonly resolve?: (fingerprint: Uint8Array) => Schema | undefined
}

/**
 * Makes a store of schemas. Its `find` throws `ERR_AVRO_UNKNOWN_SCHEMA` when `resolve` returns a schema
 * of another fingerprint, which would turn values into nonsense. Throws a `TypeError` for a
 * `maxSchemas` that is not 1 or more.
 */
export function createSchemaStore(
  schemas: Iterable<Schema> = [],
  { maxSchemas = 1000, resolve }: SchemaStoreOptions = {},
): SchemaStore {
  if (!Number.isSafeInteger(maxSchemas) || maxSchemas < 1) {
    throw new TypeError(`maxSchemas must be an integer of 1 or more, got ${maxSchemas}`)
  }
  // A Map keeps the order of insertion: what is used goes to its end, what is forgotten is its first.
  const known = new Map<bigint, Schema>()
  const keep = (key: bigint, schema: Schema): void => {
    known.delete(key)
    known.set(key, schema)
    const [oldest] = known.keys()
    if (known.size > maxSchemas && oldest !== undefined) known.delete(oldest)
  }
  const store: SchemaStore = {
    add: (schema) => keep(keyOf(sharedFingerprint(schema, "CRC-64-AVRO")), schema),
    find: (fingerprint) => {
      const key = keyOf(fingerprint)
      const schema = known.get(key) ?? resolve?.(fingerprint)
      if (schema === undefined) return undefined
      if (!known.has(key) && keyOf(sharedFingerprint(schema, "CRC-64-AVRO")) !== key) {
        throw new AvroError(
          "ERR_AVRO_UNKNOWN_SCHEMA",
          `the schema that resolve() returned for ${text(key)} has another fingerprint`,
        )
      }
      keep(key, schema)
      return schema
    },
  }
  for (const schema of schemas) store.add(schema)
  return Object.freeze(store)
}

/** Throws a `TypeError` for anything but 8 bytes. */
function keyOf(fingerprint: Uint8Array): bigint {
  const { length } = fingerprint
  if (length !== 8) throw new TypeError(`a CRC-64-AVRO fingerprint has 8 bytes, got ${length}`)
  return new DataView(fingerprint.buffer, fingerprint.byteOffset, length).getBigUint64(0)
}

const text = (key: bigint): string => key.toString(16).padStart(16, "0")
