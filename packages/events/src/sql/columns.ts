// The columns of an event's table: what every event has around it, then its fields.

import { declarationText, parseSchema, type Schema } from "@avrolet/avro"
import type { DuckDBValue } from "@duckdb/node-api"
import type { RecordedEvent } from "../recorded-event.ts"
import type { Asked } from "./asked.ts"
import type { DuckDB } from "./duckdb.ts"
import { DECODED, type StoredType } from "./scalar-types.ts"
import { distinct, storedType } from "./types.ts"

type Row = Record<string, unknown>

/** One column, filled from an event. */
export interface Column {
  readonly name: string
  readonly type: StoredType["type"]
  valueOf(event: RecordedEvent<Row>): DuckDBValue
}

/** How events of one schema are put into a table. */
export interface Layout {
  /** What they are to be read as: the fields that are asked for, and as few of the others as can be. */
  readonly reader: Schema<Row>
  readonly columns: readonly Column[]
}

/** The layout for events of a schema. A field that has a name of the envelope's gets a number: `host_2`. */
export function layoutOf(duckdb: DuckDB, event: Schema, asked: Asked): Layout {
  const declared = event.definition as Declared
  const around = envelopeColumns(duckdb)
  const names = distinct([...around, ...declared.fields].map(({ name }) => name))
  const fieldNames = names.slice(around.length)
  const isAsked = ({ name }: { name: string }) => asked.column(name)
  const wanted = new Set(declared.fields.filter((_, index) => isAsked({ name: fieldNames[index] as string })))
  const fields = declared.fields.filter((field) => wanted.has(field) || definesName(field.type))
  const reader = parseSchema({ ...declared, fields }, DECODED) as Schema<Row>
  const nodes = (reader["~node"] as Extract<Schema["~node"], { type: "record" }>).fields
  const columns = fields.flatMap((field, index) => {
    const node = nodes[index]
    if (node === undefined || !wanted.has(field)) return []
    const name = fieldNames[declared.fields.indexOf(field)] as string
    return [fieldColumn(name, field.name, storedType(duckdb, node.type, field.type))]
  })
  const asks = [...around.filter(isAsked), ...columns]
  // A table has to have a column, though all that is asked may be how many rows it has.
  return { reader, columns: asks.length > 0 ? asks : around.slice(0, 1) }
}

interface Declared {
  readonly fields: readonly { readonly name: string; readonly type: unknown }[]
}

/** Whether fields behind it may refer to a type that is declared here. */
const definesName = (type: unknown): boolean =>
  typeof type === "object" && declarationText(type).includes('"name"')

function fieldColumn(name: string, field: string, { type, convert }: StoredType): Column {
  return {
    name,
    type,
    valueOf: ({ value }) => {
      const part = value[field]
      return part === null || part === undefined ? null : convert(part)
    },
  }
}

/** Not `at`: DuckDB has that word for itself. */
function envelopeColumns({
  TIMESTAMPTZ,
  BIGINT,
  VARCHAR,
  INTEGER,
  DuckDBTimestampTZValue,
}: DuckDB): Column[] {
  return [
    {
      name: "recorded_at",
      type: TIMESTAMPTZ,
      valueOf: ({ atNanos }) => new DuckDBTimestampTZValue(atNanos / 1000n),
    },
    { name: "recorded_at_nanos", type: BIGINT, valueOf: ({ atNanos }) => atNanos },
    { name: "host", type: VARCHAR, valueOf: ({ host }) => host },
    { name: "pid", type: INTEGER, valueOf: ({ pid }) => pid },
    { name: "service", type: VARCHAR, valueOf: ({ service }) => service },
    {
      name: "trace_id",
      type: VARCHAR,
      valueOf: ({ traceId }) => traceId ?? null,
    },
  ]
}
