import { protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { ServerEvent } from "../diagnostics.ts"
import { discover } from "../discover.ts"
import { httpTransport, serveHttp } from "../http/index.ts"
import { implement } from "../implement.ts"
import { localTransport } from "../local.ts"
import { refusal } from "../refusal.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { failureOf, published, until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { nextTurns } from "../testing/proxy.ts"
import { transportContract } from "../transport.contract.ts"
import type { Transport } from "../transport.ts"
import { type BalancedTransportOptions, balancedTransport } from "./balanced-transport.ts"

describe("the balanced transport, over HTTP and TCP to the same service", () => {
  transportContract(async (service) => {
    const http = await serveHttp(service, { port: 0 })
    const tcp = await serveTcp(service, { port: 0 })
    return {
      transport: balancedTransport([
        httpTransport(`http://127.0.0.1:${http.port}`),
        tcpTransport({ port: Number(tcp.port) }),
      ]),
      async stop() {
        await Promise.all([http.close(), tcp.close()])
      },
    }
  })
})

const Who = protocol({
  protocol: "Who",
  messages: {
    name: { request: [], response: "string" },
    wait: { request: [], response: "string" },
  },
})

/** A server with a name, which may refuse, or let its calls wait. */
function createServer(name: string) {
  const waiting: (() => void)[] = []
  const state = { isRefusing: false, calls: 0, waiting }
  const service = implement(Who, {
    name: () => {
      state.calls++
      if (state.isRefusing) throw refusal("ERR_RPC_UNAVAILABLE", `${name} is not well`)
      return name
    },
    wait: () => new Promise((resolve) => waiting.push(() => resolve(name))),
  })
  return Object.assign(state, { service })
}

function createServers(names: readonly string[], options?: BalancedTransportOptions) {
  const servers = names.map(createServer)
  const transport = balancedTransport(
    servers.map(({ service }) => localTransport(service)),
    options,
  )
  return { servers, transport, client: createClient(Who, transport) }
}

async function answersOf(call: () => Promise<string>, times: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let time = 0; time < times; time++) {
    const name = await call().catch((error: { code: string }) => error.code)
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

describe("the balanced transport", () => {
  test.for(["round-robin", "least-in-flight"] as const)(
    "by %s gives equal servers equal shares",
    async (policy) => {
      const { client } = createServers(["a", "b", "c"], { policy })
      expect(await answersOf(() => client.name(), 30)).toEqual({ a: 10, b: 10, c: 10 })
    },
  )

  test("by round-robin gives each its turn, whatever it has to do", async () => {
    const { client, servers } = createServers(["a", "b", "c"], { policy: "round-robin" })
    const waiting = Array.from({ length: 30 }, () => client.wait())
    await until(() => servers.every((server) => server.waiting.length === 10))
    for (const server of servers) for (const answer of server.waiting) answer()
    await Promise.all(waiting)
  })

  test("by least-in-flight gives one that is slow no more than the others have under way", async () => {
    const { client, servers, transport } = createServers(["a", "b", "c"])
    const waiting = Array.from({ length: 3 }, () => client.wait())
    await until(() => servers.every((server) => server.waiting.length === 1))
    servers[0]?.waiting[0]?.()
    const name = await Promise.race(waiting)
    expect(name).toBe("a")
    expect(await answersOf(() => client.name(), 10)).toEqual({ a: 10 })
    expect(transport.servers().map(({ callsInFlight }) => callsInFlight)).toEqual([0, 1, 1])
    for (const server of servers) for (const answer of server.waiting) answer()
    await Promise.all(waiting)
  })

  test("by least-in-flight does not give most calls to one that fails faster than others answer", async () => {
    const { client, servers } = createServers(["a", "b"], {
      failuresInARow: 1000,
      minEjectMillis: 60_000,
      maxEjectMillis: 60_000,
    })
    const sick = servers[0] as (typeof servers)[number]
    sick.isRefusing = true
    await answersOf(() => client.name(), 20)
    expect(sick.calls).toBe(1)
  })

  test("sends a call that could not be sent to another server, and leaves the dead one alone until it is back", async () => {
    const port = await freePort()
    await using alive = await serveTcp(createServer("alive").service, { port: 0 })
    await using transport = balancedTransport(
      [tcpTransport({ port: Number(alive.port) }), httpTransport(`http://127.0.0.1:${port}`)],
      { policy: "round-robin", minEjectMillis: 20, maxEjectMillis: 50, returnMillis: 100 },
    )
    const client = createClient(Who, transport)
    const events = await published<ServerEvent>("avrolet:rpc.server", async () => {
      expect(await answersOf(() => client.name(), 20)).toEqual({ alive: 20 })
      expect(transport.servers()[1]).toMatchObject({ isEjected: true, share: 0, callsInFlight: 0 })

      await using _back = await serveHttp(createServer("back").service, { port })
      const deadline = Date.now() + 10_000
      let answer = ""
      while (answer !== "back" && Date.now() < deadline) answer = await client.name()
      expect(answer).toBe("back")
      await until(() => (transport.servers()[1]?.share ?? 0) === 1)
      expect(await answersOf(() => client.name(), 20)).toEqual({ alive: 10, back: 10 })
    })
    expect(events.map(({ server, change }) => `${server} ${change}`)).toEqual([
      `http://127.0.0.1:${port}/ ejected`,
      `http://127.0.0.1:${port}/ returned`,
    ])
    expect(events[0]).toMatchObject({ error: { code: "ERR_RPC_CONNECTION" } })
  })

  test("ejects one that fails several calls in a row, and takes it back a little at a time", async () => {
    const { client, servers, transport } = createServers(["a", "b"], {
      policy: "round-robin",
      failuresInARow: 3,
      minEjectMillis: 1000,
      maxEjectMillis: 1000,
      returnMillis: 60_000,
    })
    const sick = servers[0] as (typeof servers)[number]
    sick.isRefusing = true
    expect(await answersOf(() => client.name(), 20)).toEqual({ ERR_RPC_UNAVAILABLE: 3, b: 17 })
    expect(transport.servers()[0]).toMatchObject({ isEjected: true })
    sick.isRefusing = false
    await until(() => {
      void client.name()
      return transport.servers()[0]?.isEjected === false
    })
    await nextTurns()
    const { a = 0, b = 0 } = await answersOf(() => client.name(), 200)
    expect(a).toBeGreaterThan(5) // a tenth of the other's, at first
    expect(a).toBeLessThan(60)
    expect(a + b).toBe(200)
  })

  test("ejects at the first failure one that has just come back", async () => {
    const { client, servers, transport } = createServers(["a", "b"], {
      policy: "round-robin",
      minEjectMillis: 20,
      maxEjectMillis: 20,
      returnMillis: 1,
    })
    const sick = servers[0] as (typeof servers)[number]
    sick.isRefusing = true // but it answers who asks whether it is there
    await answersOf(() => client.name(), 10)
    expect(sick.calls).toBe(5)
    await until(() => {
      void client.name().catch(() => {})
      return sick.calls === 6
    })
    await until(() => transport.servers()[0]?.isEjected === true)
  })

  test("never ejects all: some serve whatever they do", async () => {
    for (const [count, kept] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [9, 3],
    ] as const) {
      const names = Array.from({ length: count }, (_, index) => String(index))
      const { client, servers, transport } = createServers(names, {
        minEjectMillis: 60_000,
        maxEjectMillis: 60_000,
      })
      for (const server of servers) server.isRefusing = true
      expect(await answersOf(() => client.name(), 100)).toEqual({ ERR_RPC_UNAVAILABLE: 100 })
      expect(transport.servers().filter(({ isEjected }) => !isEjected)).toHaveLength(kept)
    }
  })

  test("fails by code where no server can be reached, and tries each of them once a call", async () => {
    const ports = [await freePort(), await freePort()]
    await using transport = balancedTransport(
      ports.map((port) => httpTransport(`http://127.0.0.1:${port}`)),
      { keepShare: 1 },
    )
    expect(await failureOf(createClient(Who, transport).name())).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      mayHaveBeenServed: false,
    })
    expect(transport.servers().map(({ calls }) => calls)).toEqual([1, 1])
  })

  test("tries those that are ejected, too, before it fails: one that answers is back at once", async () => {
    const ports = [await freePort(), await freePort()]
    await using transport = balancedTransport(
      ports.map((port) => httpTransport(`http://127.0.0.1:${port}`)),
      { minEjectMillis: 60_000, maxEjectMillis: 60_000 },
    )
    const client = createClient(Who, transport)
    await failureOf(client.name())
    const ejected = transport.servers().findIndex(({ isEjected }) => isEjected)
    await using _back = await serveHttp(createServer("back").service, { port: ports[ejected] })
    expect(await client.name()).toBe("back")
    expect(transport.servers()[ejected]).toMatchObject({ isEjected: false })
    expect(await answersOf(() => client.name(), 20)).toEqual({ back: 20 })
    expect(transport.servers()[1 - ejected]).toMatchObject({ isEjected: true })
  })

  test("does not go on to another server with a call that was given up", async () => {
    const controller = new AbortController()
    const hopeless: Transport = {
      ...localTransport(createServer("").service),
      async send() {
        controller.abort(new Error("changed my mind"))
        throw await failureOf(createClient(Who, httpTransport(`http://127.0.0.1:${await freePort()}`)).name())
      },
    }
    const transport = balancedTransport([hopeless, hopeless])
    const call = createClient(Who, transport).name({}, { signal: controller.signal })
    expect(await failureOf(call)).toMatchObject({ message: "changed my mind" })
    await nextTurns()
    expect(transport.servers().reduce((sum, { calls }) => sum + calls, 0)).toBe(1)
  })

  test("a call that its caller gave up says nothing about its server", async () => {
    const { client, transport } = createServers(["a", "b"], { failuresInARow: 1 })
    for (let time = 0; time < 10; time++) {
      await failureOf(client.wait({}, { signal: AbortSignal.abort(new Error("changed my mind")) }))
      const controller = new AbortController()
      const call = failureOf(client.wait({}, { signal: controller.signal }))
      controller.abort(new Error("changed my mind"))
      await call
    }
    expect(transport.servers().map(({ isEjected }) => isEjected)).toEqual([false, false])
  })

  test("names servers by where their transports lead, and by their place where that does not tell them apart", async () => {
    const local = localTransport(createServer("").service)
    const tcp = tcpTransport({ port: 4100 })
    const http = httpTransport("http://localhost:8080/who?key=secret")
    await using transport = balancedTransport([local, tcp, http, tcp])
    expect(transport.servers().map(({ name }) => name)).toEqual([
      "#0",
      "127.0.0.1:4100",
      "http://localhost:8080/who",
      "127.0.0.1:4100 #3",
    ])
  })

  test("that closes closes its transports, and lets calls under way end", async () => {
    const { client, servers, transport } = createServers(["a"])
    const call = client.wait()
    await until(() => servers[0]?.waiting.length === 1)
    const closing = transport.close()
    expect(await failureOf(client.name())).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      mayHaveBeenServed: false,
    })
    expect(await failureOf(discover(transport))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
    servers[0]?.waiting[0]?.()
    expect(await call).toBe("a")
    await closing
  })

  test.for<[string, Transport[], BalancedTransportOptions]>([
    ["no transports", [], {}],
    ["a policy that is none", [localTransport(createServer("").service)], { policy: "random" as never }],
    ["a policy of another kind", [localTransport(createServer("").service)], { policy: "toString" as never }],
    ["a share that is none", [localTransport(createServer("").service)], { keepShare: 2 }],
    ["another share that is none", [localTransport(createServer("").service)], { failureShare: Number.NaN }],
    ["a time that is none", [localTransport(createServer("").service)], { minEjectMillis: 0 }],
  ])("refuses %s", ([, transports, options]) => {
    expect(() => balancedTransport(transports, options)).toThrow(TypeError)
  })
})
