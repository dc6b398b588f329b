// Avro's types → DuckDB's, and values of the one → values of the other.
//
//   boolean int long float double string bytes, fixed   BOOLEAN INTEGER BIGINT FLOAT DOUBLE VARCHAR BLOB
//   enum                                                ENUM
//   array map record                                    LIST MAP(VARCHAR, …) STRUCT
//   [null, X]                                           X, nullable
//   other unions                                        STRUCT, with a member for each branch: Parquet has no unions
//   decimal                                             DECIMAL up to 38 digits, VARCHAR beyond
//   date, time-millis and -micros, uuid, duration       DATE TIME UUID INTERVAL
//   timestamp-millis, -micros                           TIMESTAMP WITH TIME ZONE, which now() can be compared with
//   timestamp-nanos                                     TIMESTAMP_NS, in UTC
//   local-timestamp-millis, -micros, -nanos             TIMESTAMP TIMESTAMP TIMESTAMP_NS
//   a record within itself, or without fields           VARCHAR, in JSON

import type { Schema } from "@avrolet/avro"
import type { DuckDBValue } from "@duckdb/node-api"
import type { DuckDB } from "./duckdb.ts"
import { asItIs, type StoredType, scalarType } from "./scalar-types.ts"

type Node = Schema["~node"]
type NodeOf<Type extends Node["type"]> = Extract<Node, { type: Type }>

/** How values of a type are stored. A node says what is decoded; its declaration, which logical type it has. */
export function storedType(duckdb: DuckDB, node: Node, declaration: unknown): StoredType {
  return new Types(duckdb).of(node, declaration)
}

class Types {
  readonly #duckdb: DuckDB
  /** The records that are being looked at, from the outermost. */
  readonly #within: Node[] = []

  constructor(duckdb: DuckDB) {
    this.#duckdb = duckdb
  }

  of(node: Node, declared: unknown): StoredType {
    const declaration = "name" in node ? node.definition : unwrapped(declared)
    const { items, values } = declaration as { items?: unknown; values?: unknown }
    switch (node.type) {
      case "array":
        return this.#array(this.of(node.items, items))
      case "map":
        return this.#map(this.of(node.values, values))
      case "record":
        return this.#record(node)
      case "union":
        return this.#union(node, declaration as readonly unknown[])
      case "enum":
        return { type: this.#duckdb.ENUM([...node.symbols]), convert: asItIs }
      default:
        return scalarType(this.#duckdb, node, declaration)
    }
  }

  #array(items: StoredType): StoredType {
    const { LIST, DuckDBListValue } = this.#duckdb
    return {
      type: LIST(items.type),
      convert: (list) => new DuckDBListValue((list as unknown[]).map((item) => orNull(items, item))),
    }
  }

  #map(values: StoredType): StoredType {
    const { MAP, VARCHAR, DuckDBMapValue } = this.#duckdb
    return {
      type: MAP(VARCHAR, values.type),
      convert: (map) =>
        new DuckDBMapValue(
          Object.entries(map as object).map(([key, value]) => ({ key, value: orNull(values, value) })),
        ),
    }
  }

  #record(node: NodeOf<"record">): StoredType {
    if (this.#within.includes(node) || node.fields.length === 0) return this.#json()
    this.#within.push(node)
    const declared = (node.definition as { fields: readonly { type: unknown }[] }).fields
    const types = node.fields.map((field, index) => this.of(field.type, declared[index]?.type))
    this.#within.pop()
    const names = distinct(node.fields.map(({ name }) => name))
    return this.#struct(names, types, (record) =>
      node.fields.map(({ name }) => (record as Record<string, unknown>)[name]),
    )
  }

  #union({ branches, wrapped }: NodeOf<"union">, declarations: readonly unknown[]): StoredType {
    const types = branches.map((branch, index) => this.of(branch, declarations[index]))
    const others = branches.flatMap((branch, index) => (branch.type === "null" ? [] : [index]))
    const [only = 0] = others
    if (others.length <= 1 && !wrapped) return types[only] as StoredType
    const names = others.map((index) => nameOf(branches[index] as Node))
    return this.#struct(
      distinct(names.map((name) => name.slice(name.lastIndexOf(".") + 1))),
      others.map((index) => types[index] as StoredType),
      (value) =>
        wrapped
          ? names.map((name) => (value as Record<string, unknown>)[name])
          : others.map((index) => (isOf(branches[index] as Node, value) ? value : null)),
    )
  }

  #struct(
    names: readonly string[],
    types: readonly StoredType[],
    parts: (value: unknown) => readonly unknown[],
  ): StoredType {
    const { STRUCT, DuckDBStructValue } = this.#duckdb
    return {
      type: STRUCT(Object.fromEntries(names.map((name, index) => [name, (types[index] as StoredType).type]))),
      convert: (value) => {
        const values = parts(value)
        return new DuckDBStructValue(
          Object.fromEntries(
            names.map((name, index) => [name, orNull(types[index] as StoredType, values[index])]),
          ),
        )
      },
    }
  }

  #json(): StoredType {
    return { type: this.#duckdb.VARCHAR, convert: (value) => JSON.stringify(value, plain) }
  }
}

const orNull = ({ convert }: StoredType, value: unknown): DuckDBValue =>
  value === null || value === undefined ? null : convert(value)

/** `{ "type": { "type": "long" } }` is what is within. */
function unwrapped(declaration: unknown): unknown {
  let inner = declaration
  while (!Array.isArray(inner) && typeof (inner as { type?: unknown }).type === "object") {
    inner = (inner as { type: unknown }).type
  }
  return inner
}

const nameOf = (node: Node): string => ("name" in node ? node.name : node.type)

/** Whether a value of a union that is not wrapped, and so told by its kind, is of this branch. */
function isOf(node: Node, value: unknown): boolean {
  switch (node.type) {
    case "null":
      return false
    case "boolean":
      return typeof value === "boolean"
    case "array":
      return Array.isArray(value)
    case "string":
    case "enum":
      return typeof value === "string"
    case "record":
    case "map":
      return isPlain(value)
    case "bytes":
    case "fixed":
      if (node.logicalType === undefined) return value instanceof Uint8Array
      return node.logicalType.kind === "object" ? isPlain(value) : typeof value === node.logicalType.kind
    default:
      return typeof value === "number" || typeof value === "bigint"
  }
}

const isPlain = (value: unknown): boolean =>
  typeof value === "object" && !Array.isArray(value) && !(value instanceof Uint8Array)

/** For JSON: what it has no form for, as text. */
const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === "number" && !Number.isFinite(value)) return String(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value
}

/** Names that SQL can tell apart, which it does not by case: those that are taken get a number. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let free = name
    for (let number = 2; taken.has(free.toLowerCase()); number++) free = `${name}_${number}`
    taken.add(free.toLowerCase())
    return free
  })
}
