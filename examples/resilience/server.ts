// One of the servers, in a process of its own: node server.js 4100 50 answers after 50 ms.
// Prints its port, and ends with its parent: when its standard input does.

import { setTimeout as sleep } from "node:timers/promises"
import { implement } from "@avrolet/rpc"
import { serveTcp } from "@avrolet/rpc/tcp"
import { Echo } from "../echo/protocol.ts"

const [port = "0", delayMillis = "0"] = process.argv.slice(2)
const echo = implement(Echo, {
  echo: async ({ query }) => {
    if (delayMillis !== "0") await sleep(Number(delayMillis))
    return query
  },
  split: ({ query }) => query.split(/\s+/).join("\n"),
})
const server = await serveTcp(echo, { port: Number(port) })
console.log(server.port)
process.stdin.resume().on("end", () => process.exit())
