// Metrics as events: what each of them was in an interval.

import { schema } from "@avrolet/avro"

const namespace = "avrolet.events"
const labels = { name: "labels", type: { type: "map", values: "string" }, default: {} } as const

/** How much a counter went up in an interval, and since it was made. */
export const Counted = schema({
  type: "record",
  name: "Counted",
  namespace,
  fields: [
    { name: "name", type: "string" },
    labels,
    { name: "increase", type: "double" },
    { name: "total", type: "double" },
  ],
})

/** What a gauge showed at the end of an interval. */
export const Gauged = schema({
  type: "record",
  name: "Gauged",
  namespace,
  fields: [{ name: "name", type: "string" }, labels, { name: "value", type: "double" }],
})

/** How the values of an interval were spread. Buckets of several intervals, or processes, may be added up. */
export const Measured = schema({
  type: "record",
  name: "Measured",
  namespace,
  fields: [
    { name: "name", type: "string" },
    labels,
    { name: "count", type: "long" },
    { name: "sum", type: "double" },
    { name: "min", type: "double" },
    { name: "max", type: "double" },
    {
      name: "buckets",
      doc: "only those that have values: each from an eighth of a power of two below `upTo`, up to it",
      type: {
        type: "array",
        items: {
          type: "record",
          name: "Bucket",
          fields: [
            { name: "upTo", type: "double" },
            { name: "count", type: "long" },
          ],
        },
      },
    },
  ],
})
