// Servers that fail a part of their calls, and never several in a row, over real connections.

import { protocol } from "@avrolet/avro"
import { expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { ServerEvent } from "../diagnostics.ts"
import { httpTransport, serveHttp } from "../http/index.ts"
import { implement } from "../implement.ts"
import { refusal } from "../refusal.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { published } from "../testing/outcome.ts"
import type { Transport } from "../transport.ts"
import { type BalancedTransportOptions, balancedTransport } from "./balanced-transport.ts"
import type { Policy } from "./policies.ts"

const LANES = 8

const Clock = protocol({ protocol: "Clock", messages: { now: { request: [], response: "long" } } })

/** A server that refuses every so many calls, beginning with the last of them; none where there is no such number. */
async function startServer(kind: "http" | "tcp", refusesEvery?: number) {
  let calls = 0
  const service = implement(Clock, {
    now: () => {
      calls++
      if (refusesEvery !== undefined && calls % refusesEvery === 0)
        throw refusal("ERR_RPC_UNAVAILABLE", "Not now")
      return calls
    },
  })
  const server = await (kind === "http" ? serveHttp : serveTcp)(service, { port: 0 })
  const transport: Transport =
    kind === "http"
      ? httpTransport(`http://127.0.0.1:${server.port}`)
      : tcpTransport({ port: Number(server.port) })
  return { server, transport, calls: () => calls }
}

/** Which of such servers are ejected after this many calls, and how many calls each was sent until then. */
async function afterCalls(
  calls: number,
  refuseEvery: readonly (number | undefined)[],
  { kind = "tcp", ...options }: BalancedTransportOptions & { readonly kind?: "http" | "tcp" } = {},
) {
  const servers = await Promise.all(refuseEvery.map((every) => startServer(kind, every)))
  const wait = { minEjectMillis: 60_000, maxEjectMillis: 60_000 }
  const transport = balancedTransport(
    servers.map((each) => each.transport),
    { ...wait, ...options },
  )
  const client = createClient(Clock, transport)
  let made = 0
  const lane = async (): Promise<void> => {
    while (made++ < calls) await client.now().catch(() => {})
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  const ejected = transport.servers().map(({ isEjected }) => isEjected)
  await transport.close()
  await Promise.all(servers.map(({ server }) => server.close()))
  return { ejected, calls: servers.map((each) => each.calls()) }
}

test.for<["http" | "tcp", Policy]>([
  ["http", "round-robin"],
  ["http", "least-in-flight"],
  ["tcp", "round-robin"],
  ["tcp", "least-in-flight"],
])(
  "over %s, by %s, a server that fails every second call is ejected when enough are known",
  async ([kind, policy]) => {
    const events = await published<ServerEvent>("avrolet:rpc.server", async () => {
      const { ejected, calls } = await afterCalls(300, [undefined, 2, undefined], { kind, policy })
      expect(ejected).toEqual([false, true, false])
      expect(calls[1]).toBeGreaterThanOrEqual(20)
      expect(calls[1]).toBeLessThan(20 + LANES)
    })
    expect(events).toMatchObject([{ change: "ejected", error: { code: "ERR_RPC_UNAVAILABLE" } }])
  },
)

test.for<[string, readonly (number | undefined)[], BalancedTransportOptions, readonly boolean[]]>([
  ["one that fails less than it may", [undefined, 4, undefined], {}, [false, false, false]],
  [
    "one that fails as much as it may",
    [undefined, 4, undefined],
    { failureShare: 0.25 },
    [false, true, false],
  ],
  ["too few calls", [undefined, 2, undefined], { windowCalls: 1000 }, [false, false, false]],
  ["all, when all fail alike: it is not them", [2, 2, 2], {}, [false, false, false]],
  ["most, when most fail alike", [2, 2, undefined, 2, 2], {}, [false, false, false, false, false]],
  ["the only one", [2], {}, [false]],
  ["one of two", [undefined, 2], {}, [false, true]],
])("what is ejected of %s", async ([, refuseEvery, options, expected]) => {
  const { ejected } = await afterCalls(200, refuseEvery, { policy: "round-robin", ...options })
  expect(ejected).toEqual(expected)
})

test("how many of its latest calls each server failed is told, also of one that fails too few to be ejected", async () => {
  const servers = await Promise.all([undefined, 4].map((every) => startServer("tcp", every)))
  const transport = balancedTransport(
    servers.map((each) => each.transport),
    { policy: "round-robin" },
  )
  const client = createClient(Clock, transport)
  for (let call = 0; call < 40; call++) await client.now().catch(() => {})
  const told = transport.servers().map(({ recentCalls, recentFailures }) => [recentCalls, recentFailures])
  expect(told).toEqual([
    [20, 0],
    [20, 5],
  ])
  await transport.close()
  await Promise.all(servers.map(({ server }) => server.close()))
})

test("no more are ejected than may be, however often they fail", async () => {
  const servers = [2, undefined, undefined, 2, undefined]
  const count = async (keepShare: number): Promise<number> => {
    const { ejected } = await afterCalls(300, servers, { policy: "round-robin", keepShare })
    return ejected.filter(Boolean).length
  }
  expect(await count(0.6)).toBe(2)
  expect(await count(0.8)).toBe(1)
  expect(await count(0.9)).toBe(0)
})
