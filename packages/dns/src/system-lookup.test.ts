import dns, { ADDRCONFIG } from "node:dns"
import { isIP } from "node:net"
import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test, vi } from "vitest"
import type { Lookup } from "./index.ts"
import { type DnsServer, REFUSED, SERVFAIL, startDnsServer, zone } from "./testing/dns-server.ts"
import { failureOf, lookupFrom, SYSTEM_NAME } from "./testing/names.ts"
import { replaceCall } from "./testing/system.ts"

let server: DnsServer
let lookup: Lookup
beforeAll(async () => {
  server = await startDnsServer(zone({}))
  lookup = lookupFrom(server, { systemFallback: true })
})
afterAll(() => server[Symbol.asyncDispose]())

test("getaddrinfo is asked only where it was allowed", async () => {
  expect(await failureOf(promisify(lookupFrom(server))(SYSTEM_NAME))).toMatchObject({ code: "ENOTFOUND" })
  expect(await promisify(lookup)(SYSTEM_NAME)).toMatchObject({ address: expect.any(String) })
})

test("where it knows no more, the error is ours", async () => {
  const { lookup: own } = dns as unknown as { lookup: (...parameters: unknown[]) => unknown }
  // It would ask the machine's servers.
  using _ = replaceCall(dns, "lookup", (name: string, options: unknown, callback: (error: Error) => void) =>
    isIP(name) === 0 ? callback(new Error("unknown")) : own(name, options, callback),
  )
  vi.resetModules()
  const { lookupFrom: unknowing } = await import("./testing/names.ts")
  const error = await failureOf(promisify(unknowing(server, { systemFallback: true }))("none.test"))
  expect(error).toMatchObject({ code: "ENOTFOUND", servers: [server.address] })
})

test.for([["127.1"], ["0x7f000001"], ["2130706433"], ["a..test"]] as const)(
  "%s, which is no name, is not asked for: getaddrinfo takes old forms of addresses",
  async ([name]) => {
    expect(await failureOf(promisify(lookup)(name))).toMatchObject({ code: "ENOTFOUND" })
  },
)

test.for([
  [SERVFAIL, "EAI_AGAIN"],
  [REFUSED, "EAI_FAIL"],
] as const)(
  "where the servers fail with %i it is not asked: threads would wait for them too",
  async ([rcode, code]) => {
    await using failing = await startDnsServer(({ reply }) => reply({ rcode }))
    const look = promisify(lookupFrom(failing, { systemFallback: true }))
    expect(await failureOf(look(SYSTEM_NAME))).toMatchObject({ code })
  },
)

test("one question of a name, a family and hints is in flight, however many wait for it", async () => {
  const look = promisify(lookup)
  const all = { all: true, hints: ADDRCONFIG } as const
  const same = Array.from({ length: 100 }, () => look(SYSTEM_NAME, all))
  const [found, asked] = await withQuestions(Promise.all(same))
  expect(new Set(found.map((addresses) => JSON.stringify(addresses))).size).toBe(1)
  expect(asked).toEqual([SYSTEM_NAME])
  for (const address of found[0]?.splice(0) ?? []) address.address = "changed"
  expect(found[1]?.[0]?.address).not.toBe("changed")

  const [, again] = await withQuestions(look(SYSTEM_NAME, all))
  expect(again).toEqual([SYSTEM_NAME])
})

/** What a promise gives, and the names of which Node says that it asked getaddrinfo for them meanwhile. */
async function withQuestions<T>(work: Promise<T>): Promise<[T, unknown[]]> {
  const entries: PerformanceEntry[] = []
  const observer = new PerformanceObserver((list) => void entries.push(...list.getEntries()))
  observer.observe({ entryTypes: ["dns"] })
  const result = await work
  entries.push(...observer.takeRecords())
  observer.disconnect()
  const lookups = entries.filter(({ name }) => name === "lookup") as unknown as Question[]
  return [result, lookups.map(({ detail }) => detail.hostname)]
}

interface Question {
  readonly detail: { readonly hostname: string }
}
