import { AsyncLocalStorage } from "node:async_hooks"
import { execFileSync } from "node:child_process"
import { channel } from "node:diagnostics_channel"
import * as dns from "node:dns"
import { once } from "node:events"
import { closeSync, constants, open, openSync } from "node:fs"
import { createServer, get } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { text } from "node:stream/consumers"
import { promisify } from "node:util"
import { Agent, request } from "undici"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  createLookup,
  lookup as defaultLookup,
  type Lookup,
  type LookupError,
  type LookupEvent,
} from "./index.ts"
import { type DnsServer, SERVFAIL, startDnsServer, zone } from "./testing/dns-server.ts"
import { createFolder } from "./testing/files.ts"
import { failureOf, lookupFrom, SYSTEM_NAME } from "./testing/names.ts"

let server: DnsServer
let lookup: Lookup
beforeAll(async () => {
  const answer = zone({
    "here.test": { A: ["127.0.0.1"] },
    "both.test": { A: ["192.0.2.1", "192.0.2.2"], AAAA: ["2001:db8::1"] },
    "six.test": { AAAA: ["2001:db8::6"] },
    "xn--bcher-kva.test": { A: ["192.0.2.3"] },
  })
  server = await startDnsServer((question) =>
    question.name === "broken.test" ? question.reply({ rcode: SERVFAIL }) : answer(question),
  )
  lookup = lookupFrom(server)
})
afterAll(() => server[Symbol.asyncDispose]())

/** What a callback is called with. */
const outcome = (look: Lookup, ...parameters: unknown[]): Promise<unknown[]> =>
  new Promise((resolve) => {
    Reflect.apply(look, undefined, [...parameters, (...results: unknown[]) => resolve(results)])
  })

describe("lookup is called as dns.lookup is", () => {
  test.for([
    ["a name", ["here.test"], [null, "127.0.0.1", 4]],
    ["a family", ["six.test", 6], [null, "2001:db8::6", 6]],
    ["a family by its name", ["six.test", { family: "IPv6" }], [null, "2001:db8::6", 6]],
    ["options that are null", ["here.test", null], [null, "127.0.0.1", 4]],
    ["all", ["here.test", { all: true }], [null, [{ address: "127.0.0.1", family: 4 }]]],
    ["an order", ["both.test", { order: "ipv6first" }], [null, "2001:db8::1", 6]],
    ["verbatim: false", ["both.test", { verbatim: false }], [null, "192.0.2.1", 4]],
    ["the hint V4MAPPED", ["here.test", { family: 6, hints: dns.V4MAPPED }], [null, "::ffff:127.0.0.1", 6]],
    ["an IDN", ["bücher.test"], [null, "192.0.2.3", 4]],
    ["a name in capitals", ["HERE.TEST"], [null, "127.0.0.1", 4]],
    ["a final dot", ["here.test."], [null, "127.0.0.1", 4]],
  ] as const)("with %s", async ([, parameters, expected]) => {
    expect(await outcome(lookup, ...parameters)).toEqual(expected)
  })

  test.for([
    ["a literal", ["192.0.2.9"]],
    ["a literal of another family than is wanted", ["192.0.2.9", 6]],
    ["a literal of IPv6, of all", ["2001:db8::9", { all: true }]],
    ["a literal with a zone", ["fe80::1%lo"]],
    ["an empty name", [""]],
    ["an empty name, of all", ["", { all: true }]],
  ] as const)("%s is answered, or refused, as Node does", async ([, parameters]) => {
    const [ours, theirs] = [lookup, dns.lookup].map((look) => failureOf(outcome(look, ...parameters)))
    expect(await ours).toEqual(await theirs)
  })

  test.for([
    [42, {}, () => {}],
    [{}, {}, () => {}],
    ["here.test"],
    ["here.test", {}],
    ["here.test", 4, "no function"],
    ["here.test", 5, () => {}],
    ["here.test", "IPv4", () => {}],
    ["here.test", { family: 3 }, () => {}],
    ["here.test", { hints: 1 }, () => {}],
    ["here.test", { all: "yes" }, () => {}],
    ["here.test", { order: "backwards" }, () => {}],
    ["here.test", { verbatim: 1 }, () => {}],
  ])("%o is refused as Node does", (parameters) => {
    const thrownBy = (look: Lookup): unknown => {
      try {
        return Reflect.apply(look, undefined, parameters)
      } catch (error) {
        return error
      }
    }
    expect(thrownBy(dns.lookup)).toBeInstanceOf(TypeError)
    expect(thrownBy(lookup)).toEqual(thrownBy(dns.lookup))
  })

  test("localhost has the addresses that dns.lookup finds, in that order", async () => {
    const all = { all: true } as const
    expect(await promisify(createLookup())("localhost", all)).toEqual(
      await promisify(dns.lookup)("localhost", all),
    )
  })

  test("the callback is called later, never at once", () => {
    let isCalled = false
    lookup("localhost", () => (isCalled = true))
    expect(isCalled).toBe(false)
  })

  test("promisified it gives what dns.lookup gives", async () => {
    expect(await promisify(lookup)("here.test")).toEqual({ address: "127.0.0.1", family: 4 })
    expect(await promisify(lookup)("here.test", { all: true })).toEqual([{ address: "127.0.0.1", family: 4 }])
  })

  test("what one caller does to its addresses no other sees", async () => {
    const first = await promisify(lookup)("both.test", { all: true })
    for (const address of first.splice(0)) address.address = "changed"
    expect(await promisify(lookup)("both.test", { all: true })).toHaveLength(3)
  })

  test("the callback runs where it was asked from, whoever asked first", async () => {
    const store = new AsyncLocalStorage<string>()
    const fresh = lookupFrom(server)
    const seen = ["first", "second"].map((name) =>
      store.run(name, () => new Promise((resolve) => fresh("here.test", () => resolve(store.getStore())))),
    )
    expect(await Promise.all(seen)).toEqual(["first", "second"])
  })

  test("dns.lookup is as it was", () => {
    expect(defaultLookup).not.toBe(dns.lookup)
    expect(dns.lookup.toString()).toContain("getaddrinfo")
  })
})

describe("an error is that of dns.lookup", () => {
  test("for a name that is not there, with the servers that were asked", async () => {
    const error = await failureOf(promisify(lookup)("none.test"))
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      code: "ENOTFOUND",
      errno: -3008,
      syscall: "getaddrinfo",
      hostname: "none.test",
      servers: [server.address],
      message: `getaddrinfo ENOTFOUND none.test (asked ${server.address}: ENOTFOUND)`,
      cause: expect.objectContaining({ code: "ENOTFOUND" }),
    })
  })

  test("in code, errno, syscall and hostname, and in how its message begins", async () => {
    for (const name of ["a..test", "x".repeat(64)]) {
      const [[theirs], [ours]] = await Promise.all([outcome(dns.lookup, name), outcome(lookup, name)])
      const { code, errno, syscall, hostname, message } = theirs as LookupError
      expect(ours).toMatchObject({ code, errno, syscall, hostname })
      expect((ours as Error).message.startsWith(message)).toBe(true)
    }
  })

  test("EAI_AGAIN where nobody could tell", async () => {
    const error = await failureOf(promisify(lookup)("broken.test"))
    expect(error).toMatchObject({ code: "EAI_AGAIN", errno: -3001, cause: { code: "ESERVFAIL" } })
  })

  test("a name of a megabyte is not asked for, and its message is short", async () => {
    const error = (await failureOf(promisify(lookup)("x".repeat(2 ** 20)))) as Error
    expect(error).toMatchObject({ code: "ENOTFOUND", servers: [] })
    expect(error.message.length).toBeLessThan(400)
  })
})

describe("lookup serves", () => {
  test("node:net, node:http, undici", async () => {
    const origin = createServer((_request, response) => response.end("hi")).listen(0, "127.0.0.1")
    await once(origin, "listening")
    const { port } = origin.address() as AddressInfo
    const url = `http://here.test:${port}/`
    const agent = new Agent({ connect: { lookup } })
    try {
      const socket = connect({ host: "here.test", port, lookup })
      await once(socket, "connect")
      socket.destroy()

      const [response] = await once(get(url, { lookup, agent: false }), "response")
      expect(await text(response)).toBe("hi")

      const { body } = await request(url, { dispatcher: agent })
      expect(await body.text()).toBe("hi")
    } finally {
      await agent.close()
      origin.close()
    }
  })

  test("node:net with a name that is not there", async () => {
    const [error] = await once(connect({ host: "none.test", port: 1, lookup }), "error").catch((e) => [e])
    expect(error).toMatchObject({ code: "ENOTFOUND", hostname: "none.test" })
  })
})

test("while every thread of the pool is taken, names have addresses; with dns.lookup they have to wait", async () => {
  using folder = createFolder()
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4)
  const pipes = Array.from({ length: threads }, (_, i) => folder.path(`pipe-${i}`))
  execFileSync("mkfifo", pipes)
  // Opening a pipe to read from waits for one who writes: each takes a thread.
  const readers = pipes.map((pipe) => promisify(open)(pipe, "r"))
  let nodeHasAnswered = false
  const node = promisify(dns.lookup)("localhost").finally(() => (nodeHasAnswered = true))
  try {
    const fresh = promisify(lookupFrom(server))
    expect(await fresh("here.test")).toMatchObject({ address: "127.0.0.1" })
    expect(await fresh("localhost", 4)).toMatchObject({ address: "127.0.0.1" })
    expect(await failureOf(fresh("none.test"))).toMatchObject({ code: "ENOTFOUND" })
    expect(nodeHasAnswered).toBe(false)
  } finally {
    const writers = pipes.map((pipe) => openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK))
    for (const file of [...writers, ...(await Promise.all(readers))]) closeSync(file)
    await node
  }
})

test("every lookup is published, with where its addresses were found", async () => {
  using folder = createFolder()
  const events: LookupEvent[] = []
  const receive = (event: unknown): void => void events.push(event as LookupEvent)
  channel("avrolet:dns.lookup").subscribe(receive)
  try {
    const options = { hostsFile: folder.write("hosts", "192.0.2.8 listed"), systemFallback: true }
    const fresh = promisify(lookupFrom(server, options))
    for (const name of ["listed", "localhost", "here.test", "here.test", SYSTEM_NAME, "192.0.2.1"])
      await fresh(name)
    await failureOf(fresh("a..test"))
  } finally {
    channel("avrolet:dns.lookup").unsubscribe(receive)
  }
  expect(events.map(({ hostname, source }) => [hostname, source])).toEqual([
    ["listed", "hosts"],
    ["localhost", "localhost"],
    ["here.test", "servers"],
    ["here.test", "cache"],
    [SYSTEM_NAME, "system"],
    ["a..test", undefined],
  ])
  expect(events[2]).toMatchObject({ addresses: [{ address: "127.0.0.1", family: 4 }] })
  expect(events.at(-1)?.error).toMatchObject({ code: "ENOTFOUND" })
  for (const { millis } of events) expect(millis).toBeGreaterThanOrEqual(0)
})

test.for([
  { servers: ["example.test"] },
  { timeoutMillis: 0 },
  { timeoutMillis: 1500.5 },
  { maxEntries: 0.5 },
  { timeoutMillis: Number.POSITIVE_INFINITY },
  { maxEntries: -1 },
  { staleMillis: Number.NaN },
])("createLookup refuses %o", (options) => {
  expect(() => createLookup(options)).toThrow(TypeError)
})
