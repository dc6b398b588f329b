import { once } from "node:events"
import { createServer } from "node:http"
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net"
import { expect, test } from "vitest"
import { createClient } from "../client.ts"
import { failureOf, until } from "../testing/outcome.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { httpHandler } from "./handler.ts"
import { httpTransport } from "./transport.ts"

test("what waits for a server that does not read yet is sent as it was made", async () => {
  const server = createServer(httpHandler(createShop().service))
  const sockets: Socket[] = []
  const gate = createTcpServer({ pauseOnConnect: true }, (socket) => {
    sockets.push(socket)
    if (isOpen) admit(socket)
  })
  let isOpen = false
  const admit = (socket: Socket): void => {
    server.emit("connection", socket)
    socket.resume()
  }
  gate.listen(0, "127.0.0.1")
  await once(gate, "listening")
  const { port } = gate.address() as AddressInfo
  await using transport = httpTransport(`http://127.0.0.1:${port}`, { maxConnections: 4 })
  const client = createClient(Shop, transport)
  // Some are larger than what a socket takes at once; most wait for a connection that is free.
  const queries = Array.from({ length: 40 }, (_, index) =>
    `${index} `.repeat(index % 10 === 0 ? 500_000 : 50),
  )
  const answers = queries.map((query) => client.echo({ query }))
  await until(() => sockets.length === 4)
  for (let calls = 0; calls < 1000; calls++)
    await failureOf(client.buy({ item: "x".repeat(calls), count: "many" as never }))
  isOpen = true
  for (const socket of sockets) admit(socket)
  expect(await Promise.all(answers)).toEqual(queries)
  gate.close()
})
