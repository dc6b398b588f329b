// A page that was fetched: what the crawler records.

import { schema, type ValueOf } from "@avrolet/avro"

export const Page = schema({
  type: "record",
  name: "Page",
  namespace: "example.crawler",
  fields: [
    { name: "url", type: "string" },
    { name: "fetchedAt", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "status", type: "int" },
    { name: "type", type: "string", doc: "The content type, without its parameters." },
    { name: "title", type: ["null", "string"], default: null },
    { name: "links", type: { type: "array", items: "string" } },
    { name: "body", type: "bytes" },
  ],
})

export type Page = ValueOf<typeof Page>
