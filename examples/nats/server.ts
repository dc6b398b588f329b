// One server of the queue group, in a process of its own: node server.js nats://127.0.0.1:4222
// As many as you start share the calls. Ctrl-C has it answer what it got, and end.

import { once } from "node:events"
import { serveNats } from "@avrolet/nats"
import { type Interceptor, implement } from "@avrolet/rpc"
import { connect } from "@nats-io/transport-node"
import { Echo } from "../echo/protocol.ts"

const tellWhoAnswers: Interceptor = async (call, next) => {
  call.responseMetadata["server"] = Buffer.from(String(process.pid))
  return next()
}
const echo = implement(
  Echo,
  { echo: ({ query }) => query, split: ({ query }) => query.split(/\s+/).join("\n") },
  { interceptors: [tellWhoAnswers] },
)

const [address = "nats://127.0.0.1:4222"] = process.argv.slice(2)
const connection = await connect({ servers: address, maxReconnectAttempts: -1 })
const server = await serveNats(connection, echo, { subject: "example.echo", version: "1.0.0" })
console.log(`server ${process.pid} serves example.echo`)

await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")])
await server.close()
await connection.close()
