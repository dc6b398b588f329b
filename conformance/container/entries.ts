// What is in the files that are exchanged: every kind of value but bytes and unions, whose JSON the peers write otherwise.

import { schema } from "@avrolet/avro"

export const Entry = schema({
  type: "record",
  name: "Entry",
  namespace: "exchange",
  fields: [
    { name: "id", type: "long" },
    { name: "text", type: "string" },
    { name: "ratio", type: "double" },
    { name: "isOdd", type: "boolean" },
    { name: "size", type: { type: "enum", name: "Size", symbols: ["SMALL", "LARGE"] } },
    { name: "tags", type: { type: "array", items: "string" } },
    { name: "counts", type: { type: "map", values: "int" } },
  ],
})
export const entries = Array.from({ length: 500 }, (_, id) => ({
  id: id * 1_000_003,
  text: `entry ${id} – é 🌍`,
  ratio: id / 8,
  isOdd: id % 2 === 1,
  size: id % 3 === 0 ? ("SMALL" as const) : ("LARGE" as const),
  tags: Array.from({ length: id % 4 }, (_unused, tag) => `tag ${tag}`),
  counts: { a: id },
}))
/** What the files are gone on with. */
export const more = { ...entries[1], id: -1, text: "appended" } as (typeof entries)[0]
