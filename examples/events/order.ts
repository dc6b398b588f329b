// What is recorded: an order that a shop has answered.

import { schema } from "@avrolet/avro"

export const Ordered = schema({
  type: "record",
  name: "Ordered",
  namespace: "shop",
  fields: [
    { name: "number", type: "int" },
    { name: "country", type: "string" },
    { name: "millis", type: "double" },
  ],
})
