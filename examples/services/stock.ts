// How many are left: node stock.js nats://127.0.0.1:4222. As many as are started share the calls.

import { serveNats } from "@avrolet/nats"
import { implement } from "@avrolet/rpc"
import { connect } from "@nats-io/transport-node"
import { Stock } from "./protocols.ts"
import { runService } from "./run-service.ts"

const [broker = "nats://127.0.0.1:4222"] = process.argv.slice(2)
const connection = await connect({ servers: broker, maxReconnectAttempts: -1 })
const stock = implement(Stock, { count: ({ item }) => item.length % 3 })

await runService(Stock, () => serveNats(connection, stock, { subject: "shop.stock" }))
await connection.close()
