import { protocol } from "@avrolet/avro"

export const Echo = protocol({
  protocol: "Echo",
  namespace: "example",
  messages: {
    echo: { request: [{ name: "query", type: "string" }], response: "string" },
    split: { request: [{ name: "query", type: "string" }], response: "string" },
  },
})
