// What things cost: node prices.js

import { implement } from "@avrolet/rpc"
import { serveTcp } from "@avrolet/rpc/tcp"
import { Prices } from "./protocols.ts"
import { runService } from "./run-service.ts"

const prices = implement(Prices, { ask: ({ item }) => item.length * 1.5 })

await runService(Prices, () => serveTcp(prices, { port: 0 }))
