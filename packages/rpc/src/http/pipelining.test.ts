import { createServer, type Server } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { failureOf, until } from "../testing/outcome.ts"
import { createShop, Shop, type TestShop } from "../testing/shop.ts"
import { transportContract } from "../transport.contract.ts"
import { httpHandler } from "./handler.ts"
import { type HttpTransport, httpTransport } from "./transport.ts"

const ONE_CONNECTION = { maxConnections: 1, pipelining: 8 }

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

transportContract(async (service) => ({
  transport: (await serve(service, { maxConnections: 16, pipelining: 8 })).transport,
  stop: async () => {},
}))

test("several calls are on their way on one connection, and each gets its own answer", async () => {
  const shop = createShop()
  const { transport, sockets } = await serve(shop.service, ONE_CONNECTION)
  await using _closed = transport
  const client = createClient(Shop, transport)
  await client.echo({ query: "" })
  const waiting = Array.from({ length: 8 }, () => client.wait())
  await until(() => waitingIn(shop) === 8)
  shop.release("done")
  expect(await Promise.all(waiting)).toEqual(Array(8).fill("done"))
  const queries = Array.from({ length: 500 }, (_value, index) => `query ${index}`)
  expect(await Promise.all(queries.map((query) => client.echo({ query })))).toEqual(queries)
  expect(sockets).toHaveLength(1)
})

test.for([
  { name: "a connection that breaks", breakIt: (socket: Socket) => socket.resetAndDestroy() },
  { name: "a call that is given up", breakIt: undefined },
])("with $name the calls on that connection fail by code, and none is sent again", async ({ breakIt }) => {
  const shop = createShop()
  const { transport, sockets } = await serve(shop.service, ONE_CONNECTION)
  await using _closed = transport
  const client = createClient(Shop, transport)
  await client.echo({ query: "" })
  const givenUp = new AbortController()
  const first = failureOf(client.wait({}, { signal: givenUp.signal }))
  const others = Array.from({ length: 7 }, () => failureOf(client.wait()))
  await until(() => waitingIn(shop) === 8)
  if (breakIt !== undefined) breakIt(sockets[0] as Socket)
  else givenUp.abort("enough")
  const broken = { code: "ERR_RPC_CONNECTION", mayHaveBeenServed: true }
  for (const failure of await Promise.all(others)) expect(failure).toMatchObject(broken)
  if (breakIt === undefined) expect(await first).toBe("enough")
  else expect(await first).toMatchObject(broken)
  expect(await client.echo({ query: "hi" })).toBe("hi")
  expect(waitingIn(shop)).toBe(8)
})

test("a call that is given up while it waits for its turn leaves the connection to others", async () => {
  const shop = createShop()
  const { transport, sockets } = await serve(shop.service, { maxConnections: 1, pipelining: 2 })
  await using _closed = transport
  const client = createClient(Shop, transport)
  const first = [client.wait(), client.wait()]
  const givenUp = new AbortController()
  const queued = failureOf(client.wait({}, { signal: givenUp.signal }))
  const last = client.echo({ query: "last" })
  await until(() => waitingIn(shop) === 2)
  givenUp.abort(null)
  expect(await queued).toBeNull()
  shop.release("done")
  expect(await Promise.all(first)).toEqual(["done", "done"])
  expect(await last).toBe("last")
  expect(sockets).toHaveLength(1)
  expect(waitingIn(shop)).toBe(2)
})

const waitingIn = ({ contexts }: TestShop): number =>
  contexts.filter(({ message }) => message === "wait").length

async function serve(
  service: TestShop["service"],
  options: { maxConnections: number; pipelining: number },
): Promise<{ transport: HttpTransport; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer(httpHandler(service)).on("connection", (socket) => sockets.push(socket))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return { transport: httpTransport(`http://127.0.0.1:${port}`, options), sockets }
}
