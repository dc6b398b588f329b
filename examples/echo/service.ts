import { implement } from "@avrolet/rpc"
import { Echo } from "./protocol.ts"

export const echo = implement(Echo, {
  echo: ({ query }) => query,
  split: ({ query }) => query.split(/\s+/).join("\n"),
})
