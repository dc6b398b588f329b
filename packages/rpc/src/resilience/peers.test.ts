// Which of several servers a call went to, as those learn who watch calls.

import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { CallEvent } from "../diagnostics.ts"
import { httpTransport, serveHttp } from "../http/index.ts"
import { type CallContext, implement } from "../implement.ts"
import type { Interceptor } from "../interceptor.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { failureOf, published, until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { balancedTransport } from "./balanced-transport.ts"
import { hedging } from "./hedging.ts"

const Where = protocol({
  protocol: "Where",
  messages: {
    port: { request: [], response: "int" },
    wait: { request: [], response: "null" },
    hold: { request: [], response: "int" },
  },
})

/** A service that knows its port; its calls of `hold` are answered when that is told to. */
function createWhere() {
  const state = { port: 0, held: [] as (() => void)[] }
  const service = implement(Where, {
    port: () => state.port,
    wait: (_parameters, { signal }: CallContext) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve(null), { once: true })),
    hold: () => new Promise((resolve) => state.held.push(() => resolve(state.port))),
  })
  return Object.assign(state, { service })
}

/** Two servers, over TCP and HTTP, that get calls in turn, and one that is not there. */
async function start() {
  const [overTcp, overHttp] = [createWhere(), createWhere()]
  const tcp = await serveTcp(overTcp.service, { port: 0 })
  const http = await serveHttp(overHttp.service, { port: 0 })
  overTcp.port = Number(tcp.port)
  overHttp.port = Number(http.port)
  const transport = balancedTransport(
    [
      tcpTransport({ port: await freePort() }),
      tcpTransport({ port: overTcp.port }),
      httpTransport(`http://127.0.0.1:${http.port}/where`),
    ],
    { policy: "round-robin" },
  )
  const nameOf = (port: unknown): string =>
    port === overTcp.port ? `127.0.0.1:${port}` : `http://127.0.0.1:${String(port)}/where`
  return {
    transport,
    nameOf,
    services: [overTcp, overHttp],
    async [Symbol.asyncDispose]() {
      await Promise.all([transport.close(), tcp.close(), http.close()])
    },
  }
}

const callsDuring = (work: () => Promise<unknown>): Promise<CallEvent[]> =>
  published("avrolet:rpc.call", work)

describe("a call over a balanced transport has for its peer", () => {
  test("the server that answered, also where another could not be reached", async () => {
    await using servers = await start()
    const client = createClient(Where, servers.transport)
    const ports: number[] = []
    const events = await callsDuring(async () => {
      for (let call = 0; call < 6; call++) ports.push(await client.port())
    })
    expect(new Set(ports).size).toBe(2)
    expect(events.map(({ peer }) => peer)).toEqual(ports.map(servers.nameOf))
  })

  test("the server that did not answer in time", async () => {
    await using servers = await start()
    const names = new Set(servers.transport.servers().map(({ name }) => name))
    const client = createClient(Where, servers.transport)
    const [event] = await callsDuring(() => failureOf(client.wait({}, { timeoutMillis: 100 })))
    expect(event).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
    expect(names).toContain(event?.peer)
  })

  test("of two tries, the server whose answer was taken, whichever it was sent to last", async () => {
    await using servers = await start()
    const { services } = servers
    await createClient(Where, servers.transport).port() // connected
    const interceptors = [hedging(Where, { safe: ["hold"], afterMillis: 20 })]
    const client = createClient(Where, servers.transport, { interceptors })
    for (const [index, chosen] of services.entries()) {
      const [event] = await callsDuring(async () => {
        const call = client.hold()
        await until(() => services.every(({ held }) => held.length === index + 1))
        chosen.held[index]?.()
        expect(await call).toBe(chosen.port)
      })
      expect(event?.peer).toBe(servers.nameOf(chosen.port))
    }
    for (const { held } of services) for (const release of held) release()
  })

  test("the server that its interceptors know after it", async () => {
    await using servers = await start()
    const peers: unknown[] = []
    const note: Interceptor = async (call, next) => {
      peers.push(call.server)
      const result = await next()
      peers.push(call.server)
      return result
    }
    const port = await createClient(Where, servers.transport, { interceptors: [note] }).port()
    expect(peers).toEqual([undefined, servers.nameOf(port)])
  })

  test("of servers behind a name, the address; where that is not found, the name", async () => {
    const where = createWhere()
    await using server = await serveTcp(where.service, { host: "127.0.0.2", port: 0 })
    const connectTo = (answer: string | Error) =>
      balancedTransport({
        host: "where.test",
        connect: ({ lookup }) => tcpTransport({ host: "where.test", port: Number(server.port), lookup }),
        lookup: (_host, _options, callback) =>
          answer instanceof Error ? callback(answer, "") : callback(null, answer, 4),
      })
    const peerOver = async (answer: string | Error): Promise<unknown> => {
      await using transport = connectTo(answer)
      const [event] = await callsDuring(() =>
        createClient(Where, transport)
          .port()
          .catch(() => {}),
      )
      return event?.peer
    }
    expect(await peerOver("127.0.0.2")).toBe("127.0.0.2")
    expect(await peerOver(new Error("not found"))).toBe("where.test")
  })
})
