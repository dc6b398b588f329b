// What NATS's own client of its service protocol makes of our servers: the one in the package `nats`.

import { protocol } from "@avrolet/avro"
import { createClient, implement, type Service } from "@avrolet/rpc"
import { connect, type NatsConnection, type ServiceClient } from "nats"
import { afterAll, beforeAll, expect, test } from "vitest"
import { eventually, failureOf } from "../../rpc/src/testing/outcome.ts"
import { createShop, Shop } from "../../rpc/src/testing/shop.ts"
import { serveNats } from "./serve.ts"
import { type Broker, startBroker } from "./testing/nats-server.ts"
import { natsTransport } from "./transport.ts"

let broker: Broker
let stranger: NatsConnection
let services: ServiceClient
beforeAll(async () => {
  broker = await startBroker()
  stranger = await connect({ servers: `127.0.0.1:${broker.port}` })
  services = stranger.services.client()
})
afterAll(async () => {
  await stranger.close()
  await broker[Symbol.asyncDispose]()
})

const Clock = protocol({ protocol: "Clock", messages: { now: { request: [], response: "long" } } })
const clock: Service = implement(Clock, { now: () => 0 })

// NATS's client waits 300 ms for one answer after another, and two seconds for all: on a slow machine it misses some.

test("servers are found by nothing, by their name, and by their id", async () => {
  const connection = await broker.connect()
  const { service } = createShop()
  await using first = await serveNats(connection, service, { subject: "shop", version: "1.2.3" })
  await using second = await serveNats(connection, service, { subject: "shop", version: "1.3.0-rc.1" })
  await using other = await serveNats(connection, clock, { subject: "clock" })

  const idsOf = async (...whom: string[]): Promise<string[]> => {
    const found = await all(await services.ping(...whom))
    return found.map(({ id }) => id).toSorted()
  }
  await eventually(async () => expect(await idsOf()).toEqual([first.id, second.id, other.id].toSorted()))
  await eventually(async () => expect(await idsOf("test_Shop")).toEqual([first.id, second.id].toSorted()))
  expect(await all(await services.ping("test_Shop", second.id))).toEqual([
    {
      type: "io.nats.micro.v1.ping_response",
      name: "test_Shop",
      id: second.id,
      version: "1.3.0-rc.1",
      metadata: {},
    },
  ])
  await first.close()
  await eventually(async () => expect(await idsOf("test_Shop")).toEqual([second.id]))
})

test("INFO tells each service as an endpoint, with its protocol", async () => {
  const connection = await broker.connect()
  const both = [createShop().service, clock]
  await using server = await serveNats(connection, both, {
    subject: "mall.1",
    queue: "tills",
    name: "mall",
    description: "Shops and a clock",
  })
  const [info] = await all(await services.info("mall"))
  expect(info).toEqual({
    type: "io.nats.micro.v1.info_response",
    name: "mall",
    id: server.id,
    version: "0.0.0",
    metadata: {},
    description: "Shops and a clock",
    endpoints: [
      {
        name: "test_Shop",
        subject: "mall.1",
        queue_group: "tills",
        metadata: { "avrolet.protocol": "test.Shop", "avrolet.hash": hexOf(Shop.hash) },
      },
      {
        name: "Clock",
        subject: "mall.1",
        queue_group: "tills",
        metadata: { "avrolet.protocol": "Clock", "avrolet.hash": hexOf(Clock.hash) },
      },
    ],
  })
})

test("STATS counts requests and errors, and gives away nothing that a handler threw", async () => {
  const connection = await broker.connect()
  const both = [createShop().service, clock]
  await using server = await serveNats(connection, both, { subject: "counted", name: "counted" })
  const transport = natsTransport(connection, { subject: "counted" })
  const shop = createClient(Shop, transport)
  await shop.echo({ query: "" })
  await failureOf(shop.buy({ item: "unicorn" }))
  await failureOf(shop.crash())

  const [stats] = await all(await services.stats("counted", server.id))
  expect(stats).toMatchObject({ type: "io.nats.micro.v1.stats_response", id: server.id })
  expect(Math.abs(Date.now() - Date.parse(String(stats?.started)))).toBeLessThan(60_000)
  const [shops, clocks] = stats?.endpoints ?? []
  expect(shops).toMatchObject({ num_requests: 3, num_errors: 2, last_error: "Internal error" })
  expect(shops?.processing_time).toBeGreaterThan(0)
  expect(shops?.average_processing_time).toBe(Math.trunc(Number(shops?.processing_time) / 3))
  expect(clocks).toMatchObject({ num_requests: 0, num_errors: 0, last_error: "", average_processing_time: 0 })
})

async function all<T>(answers: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const answer of answers) list.push(answer)
  return list
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
