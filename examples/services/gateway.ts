// A page of the shop, made of what three services say: node gateway.js <prices' port> <reviews' port> <broker>

import { natsTransport } from "@avrolet/nats"
import { createClient, createHealth, implement } from "@avrolet/rpc"
import { httpTransport, serveHttp } from "@avrolet/rpc/http"
import { tcpTransport } from "@avrolet/rpc/tcp"
import { connect } from "@nats-io/transport-node"
import { Prices, Reviews, Shop, Stock } from "./protocols.ts"
import { runService } from "./run-service.ts"

const [pricesPort, reviewsPort, broker = "nats://127.0.0.1:4222"] = process.argv.slice(2)
const connection = await connect({ servers: broker, maxReconnectAttempts: -1 })
await using toPrices = tcpTransport({ port: Number(pricesPort) })
await using toReviews = httpTransport(`http://127.0.0.1:${reviewsPort}`)
await using toStock = natsTransport(connection, { subject: "shop.stock" })

const options = { timeoutMillis: 2000 }
const prices = createClient(Prices, toPrices, options)
const reviews = createClient(Reviews, toReviews, options)
const stock = createClient(Stock, toStock, options)

const shop = implement(Shop, {
  page: async ({ item, related }) => {
    const [price, stars, left, relatedPrices] = await Promise.all([
      prices.ask({ item }),
      reviews.stars({ item }),
      stock.count({ item }),
      // A call for each: the fan-out shows it, and that a message which takes a list would be one.
      Promise.all(related.map((one) => prices.ask({ item: one }))),
    ])
    return { price, stars, left, relatedPrices }
  },
})

await runService(Shop, () => serveHttp([shop, createHealth([shop]).service], { port: 0 }))
await connection.close()
