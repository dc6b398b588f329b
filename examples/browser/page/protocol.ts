import { protocol } from "@avrolet/avro"

export const Search = protocol({
  protocol: "Search",
  namespace: "example",
  types: [{ type: "error", name: "TooShort", fields: [{ name: "minLength", type: "int" }] }],
  messages: {
    search: {
      request: [{ name: "text", type: "string" }],
      response: { type: "array", items: "string" },
      errors: ["TooShort"],
    },
  },
})
