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

import type { Schema, SchemaOptions } from "@avrolet/avro"
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api"
import type { DuckDB } from "./duckdb.ts"

type Node = Schema["~node"]
type NodeOf<Type extends Node["type"]> = Extract<Node, { type: Type }>

/** How a column's values are stored. */
export interface StoredType {
  readonly type: DuckDBType
  /** From a value as `DECODED` has it, which is not null. */
  readonly convert: (value: unknown) => DuckDBValue
}

/** How values are to be decoded for `storedType`: longs of any size, and times as the numbers they are. */
export const DECODED = {
  long: "bigint",
  logicalTypes: {
    date: false,
    "timestamp-millis": false,
    "timestamp-nanos": false,
    "local-timestamp-nanos": false,
  },
} as const satisfies SchemaOptions

const MAX_DIGITS = 38

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
        return this.#logical(node, declaration) ?? this.#plain(node.type)
    }
  }

  #plain(type: Exclude<Node["type"], "array" | "map" | "record" | "union" | "enum">): StoredType {
    const { BOOLEAN, INTEGER, BIGINT, FLOAT, DOUBLE, VARCHAR, BLOB, DuckDBBlobValue } = this.#duckdb
    if (type === "bytes" || type === "fixed") {
      return { type: BLOB, convert: (bytes) => new DuckDBBlobValue(bytes as Uint8Array) }
    }
    const types = {
      null: VARCHAR,
      boolean: BOOLEAN,
      int: INTEGER,
      long: BIGINT,
      float: FLOAT,
      double: DOUBLE,
      string: VARCHAR,
    }
    return { type: types[type], convert: asItIs }
  }

  #logical(node: Node, declaration: unknown): StoredType | undefined {
    const { logicalType: known } = node
    if (known?.decimal !== undefined) return this.#decimal(known.decimal)
    if (known !== undefined) return this.#known(known.name)
    const { logicalType } = declaration as { logicalType?: unknown }
    return typeof logicalType === "string" ? this.#time(`${node.type}:${logicalType}`) : undefined
  }

  #decimal({ precision, scale }: { precision: number; scale: number }): StoredType {
    const { DECIMAL, DuckDBDecimalValue } = this.#duckdb
    if (precision > MAX_DIGITS) return this.#plain("string")
    return {
      type: DECIMAL(precision, scale),
      convert: (text) => new DuckDBDecimalValue(BigInt((text as string).replace(".", "")), precision, scale),
    }
  }

  #known(name: string): StoredType {
    const { UUID, INTERVAL, uuidValueFromString, DuckDBIntervalValue } = this.#duckdb
    if (name === "uuid") return { type: UUID, convert: (text) => uuidValueFromString(text as string) }
    if (name !== "duration") return this.#plain("string")
    return {
      type: INTERVAL,
      convert: (value) => {
        const { months, days, millis } = value as { months: number; days: number; millis: number }
        return new DuckDBIntervalValue(months, days, BigInt(millis) * 1000n)
      },
    }
  }

  #time(annotated: string): StoredType | undefined {
    const { DATE, TIME, TIMESTAMP, TIMESTAMPTZ, TIMESTAMP_NS } = this.#duckdb
    const { DuckDBDateValue, DuckDBTimeValue, DuckDBTimestampValue, DuckDBTimestampTZValue } = this.#duckdb
    const { DuckDBTimestampNanosecondsValue } = this.#duckdb
    const nanos = {
      type: TIMESTAMP_NS,
      convert: (n: unknown) => new DuckDBTimestampNanosecondsValue(n as bigint),
    }
    const types: Readonly<Record<string, StoredType>> = {
      "int:date": { type: DATE, convert: (days) => new DuckDBDateValue(days as number) },
      "int:time-millis": { type: TIME, convert: (n) => new DuckDBTimeValue(BigInt(n as number) * 1000n) },
      "long:time-micros": { type: TIME, convert: (n) => new DuckDBTimeValue(n as bigint) },
      "long:timestamp-millis": {
        type: TIMESTAMPTZ,
        convert: (n) => new DuckDBTimestampTZValue((n as bigint) * 1000n),
      },
      "long:timestamp-micros": { type: TIMESTAMPTZ, convert: (n) => new DuckDBTimestampTZValue(n as bigint) },
      "long:timestamp-nanos": nanos,
      "long:local-timestamp-millis": {
        type: TIMESTAMP,
        convert: (n) => new DuckDBTimestampValue((n as bigint) * 1000n),
      },
      "long:local-timestamp-micros": {
        type: TIMESTAMP,
        convert: (n) => new DuckDBTimestampValue(n as bigint),
      },
      "long:local-timestamp-nanos": nanos,
    }
    return types[annotated]
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

const asItIs = (value: unknown): DuckDBValue => value as DuckDBValue

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
