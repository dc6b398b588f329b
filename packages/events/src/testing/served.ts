// The event of most tests.

import { schema } from "@avrolet/avro"

export const Served = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
  ],
})
