// One of two servers closes under load and comes again, several times. Over TCP that costs not one call: its clients are
// told, and answer. Over HTTP none can be told, and one may send a request while its connection is closed, or connect to
// a server that has just stopped listening: what is then not answered is made again, because it is safe to.

import { expect, test } from "vitest"
import { createClient } from "../client.ts"
import { serveHttp } from "../http/serve.ts"
import { httpTransport } from "../http/transport.ts"
import { balancedTransport } from "../resilience/balanced-transport.ts"
import { retries } from "../resilience/retries.ts"
import { serveTcp } from "../tcp/serve.ts"
import { tcpTransport } from "../tcp/transport.ts"
import { until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { createShop, Shop } from "../testing/shop.ts"

const ROUNDS = 8
const LANES = 32
const CALLS_PER_ROUND = 300

test.for([
  {
    name: "TCP",
    serve: serveTcp,
    connect: (port: number | undefined) => tcpTransport({ port, minBackoffMillis: 1, maxBackoffMillis: 10 }),
    interceptors: [],
  },
  {
    name: "HTTP, with retries",
    serve: serveHttp,
    connect: (port: number | undefined) => httpTransport(`http://127.0.0.1:${port}`),
    interceptors: [retries(Shop, { safe: ["echo"], minBackoffMillis: 1 })],
  },
])(
  "over $name, servers that close under load cost no call",
  { timeout: 60_000 },
  async ({ serve, connect, interceptors }) => {
    await using staying = await serve(createShop().service, { port: 0 })
    const port = await freePort()
    let leaving = await serve(createShop().service, { port })
    await using transport = balancedTransport([connect(staying.port), connect(port)], {
      minEjectMillis: 10,
      maxEjectMillis: 10,
      returnMillis: 10,
    })
    const client = createClient(Shop, transport, { interceptors, timeoutMillis: 10_000 })
    let answered = 0
    let isOver = false
    const lane = async (): Promise<void> => {
      for (; !isOver; answered++) expect(await client.echo({ query: "on" })).toBe("on")
    }
    const lanes = Promise.all(Array.from({ length: LANES }, lane))
    for (let round = 0; round < ROUNDS; round++) {
      const before = answered
      await Promise.race([lanes, until(() => answered > before + CALLS_PER_ROUND)])
      await leaving.close()
      leaving = await serve(createShop().service, { port })
    }
    isOver = true
    await lanes
    await transport.close()
    await leaving.close()
  },
)
