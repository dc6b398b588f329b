// Servers at 127.0.0.1, .2, .3 and so on, which Linux all has, behind one name.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer as createHttpServer } from "node:http"
import type { LookupFunction } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { protocol } from "@avrolet/avro"
import { createLookup } from "@avrolet/dns"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { ServerEvent } from "../diagnostics.ts"
import { httpHandler, httpTransport } from "../http/index.ts"
import { implement, type Service } from "../implement.ts"
import { serveTcp, type TcpServer, tcpTransport } from "../tcp/index.ts"
import { failureOf, published, until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { nextTurns } from "../testing/proxy.ts"
import { balancedTransport } from "./balanced-transport.ts"
import type { NamedServers } from "./named-servers.ts"

const Who = protocol({
  protocol: "Who",
  messages: { name: { request: [], response: "string" }, wait: { request: [], response: "string" } },
})

const serviceOf = (name: string, wait: () => Promise<string> = async () => name): Service =>
  implement(Who, { name: () => name, wait })

/** Servers of TCP at the same port of these addresses. */
async function serveAt(...hosts: string[]) {
  const port = await freePort()
  const servers: TcpServer[] = []
  for (const host of hosts) servers.push(await serveTcp(serviceOf(host), { host, port }))
  return {
    port,
    servers,
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.close()))
    },
  }
}

/** A lookup whose answer can be changed, and that counts. */
function createAnswers(first: readonly string[] | Error) {
  const state = { answer: first, lookups: 0, hosts: new Set<string>(), isSilent: false }
  const lookup: LookupFunction = (host, _options, callback) => {
    state.lookups++
    state.hosts.add(host)
    if (state.isSilent) return
    setImmediate(() => {
      if (state.answer instanceof Error) callback(state.answer, "")
      else
        callback(
          null,
          state.answer.map((address) => ({ address, family: 4 })),
        )
    })
  }
  return Object.assign(state, { lookup })
}

const overTcp = (port: number, options: Partial<NamedServers>): NamedServers => ({
  host: "who.test",
  connect: ({ lookup }) => tcpTransport({ host: "who.test", port, lookup }),
  ...options,
})

async function namesOf(call: () => Promise<string>, times: number): Promise<string[]> {
  const names = new Set<string>()
  for (let time = 0; time < times; time++) names.add(await call())
  return [...names].toSorted()
}

describe("the servers behind a name", () => {
  test("are all of its addresses, by the lookup of @avrolet/dns", async () => {
    const folder = mkdtempSync(join(tmpdir(), "avrolet-"))
    try {
      const hostsFile = join(folder, "hosts")
      writeFileSync(hostsFile, "127.0.0.1 who.test\n127.0.0.2 who.test\n")
      await using at = await serveAt("127.0.0.1", "127.0.0.2")
      const lookup = createLookup({ hostsFile })
      await using transport = balancedTransport(overTcp(at.port, { lookup }))
      const client = createClient(Who, transport)
      expect(await namesOf(() => client.name(), 10)).toEqual(["127.0.0.1", "127.0.0.2"])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("are found by Node's own lookup where no other is given", async () => {
    await using at = await serveAt("127.0.0.1")
    await using transport = balancedTransport(overTcp(at.port, { host: "127.0.0.1" }))
    expect(await createClient(Who, transport).name()).toBe("127.0.0.1")
  })

  test("are looked up once for the calls that wait for them, and not again while that is fresh", async () => {
    await using at = await serveAt("127.0.0.1", "127.0.0.2")
    const answers = createAnswers(["127.0.0.1", "127.0.0.2", "127.0.0.1"]) // a repetition is none
    await using transport = balancedTransport(overTcp(at.port, { lookup: answers.lookup }))
    const client = createClient(Who, transport)
    expect(answers.lookups).toBe(0) // not before there is a call
    await Promise.all(Array.from({ length: 20 }, () => client.name()))
    await client.name()
    expect(answers.lookups).toBe(1)
    expect(transport.servers().map(({ name }) => name)).toEqual(["127.0.0.1", "127.0.0.2"])
    expect(transport.peer).toBe("who.test")
  })

  test("come and go with the answers: new ones get calls, those that are gone end theirs", async () => {
    let release: (name: string) => void = () => {}
    const waiting = new Promise<string>((resolve) => (release = resolve))
    let isCalled = false
    const first = serviceOf("first", () => {
      isCalled = true
      return waiting
    })
    const port = await freePort()
    await using _old = await serveTcp(first, { host: "127.0.0.1", port })
    await using _new = await serveTcp(serviceOf("second"), { host: "127.0.0.2", port })
    const answers = createAnswers(["127.0.0.1"])
    const closed: string[] = []
    const connect: NamedServers["connect"] = ({ address, lookup }) => {
      const inner = tcpTransport({ host: "who.test", port, lookup })
      const close = (): Promise<void> => {
        closed.push(address)
        return inner.close()
      }
      return { ...inner, close }
    }
    const { lookup } = answers
    await using transport = balancedTransport(overTcp(port, { lookup, refreshMillis: 1, connect }))
    const client = createClient(Who, transport)
    const events = await published<ServerEvent>("avrolet:rpc.server", async () => {
      const slow = client.wait()
      await until(() => isCalled)
      answers.answer = ["127.0.0.2"]
      await until(() => {
        void client.name()
        return transport.servers()[0]?.name === "127.0.0.2"
      })
      expect(await namesOf(() => client.name(), 5)).toEqual(["second"])
      expect(closed).toEqual([])
      release("ended")
      expect(await slow).toBe("ended")
    })
    expect(events.map(({ server, change }) => `${server} ${change}`)).toEqual([
      "127.0.0.2 added",
      "127.0.0.1 removed",
    ])
    expect(closed).toEqual(["127.0.0.1"])
  })

  test("stay as they were while the name is not found", async () => {
    await using at = await serveAt("127.0.0.1")
    const answers = createAnswers(["127.0.0.1"])
    await using transport = balancedTransport(overTcp(at.port, { lookup: answers.lookup, refreshMillis: 1 }))
    const client = createClient(Who, transport)
    await client.name()
    for (const answer of [new Error("queryA ESERVFAIL"), []]) {
      answers.answer = answer
      const { lookups } = answers
      await until(() => {
        void client.name()
        return answers.lookups > lookups
      })
      await nextTurns()
      expect(await client.name()).toBe("127.0.0.1")
    }
  })

  test("that are never found fail calls by code, with one lookup for many calls", async () => {
    for (const answer of [new Error("getaddrinfo ENOTFOUND who.test"), []]) {
      const answers = createAnswers(answer)
      await using transport = balancedTransport(overTcp(1, { lookup: answers.lookup }))
      const client = createClient(Who, transport)
      for (let time = 0; time < 50; time++) {
        expect(await failureOf(client.name())).toMatchObject({
          code: "ERR_RPC_CONNECTION",
          message: expect.stringMatching(
            /^No connection to who.test: (getaddrinfo ENOTFOUND|who.test has no)/,
          ),
          mayHaveBeenServed: false,
        })
      }
      expect(answers.lookups).toBeLessThan(10) // once a second
    }
  })

  test("that a lookup never tells keep no call longer than it waits, and close does not wait for them", async () => {
    const answers = createAnswers([])
    answers.isSilent = true
    await using transport = balancedTransport(overTcp(1, { lookup: answers.lookup }))
    const client = createClient(Who, transport)
    expect(await failureOf(client.name({}, { timeoutMillis: 20 }))).toMatchObject({ code: "ERR_RPC_TIMEOUT" })
    const reason = new Error("changed my mind")
    expect(await failureOf(client.name({}, { signal: AbortSignal.abort(reason) }))).toBe(reason)
  })

  test("are looked up again soon when one cannot be reached", async () => {
    await using at = await serveAt("127.0.0.2")
    const answers = createAnswers(["127.0.0.1"])
    const options = { lookup: answers.lookup, refreshMillis: 3_600_000 }
    await using transport = balancedTransport(overTcp(at.port, options))
    const client = createClient(Who, transport)
    expect(await failureOf(client.name())).toMatchObject({ code: "ERR_RPC_CONNECTION" })
    answers.answer = ["127.0.0.2"]
    let name = ""
    const deadline = Date.now() + 10_000
    while (name === "" && Date.now() < deadline) {
      name = await client.name().catch(() => "")
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(name).toBe("127.0.0.2")
    expect(answers.lookups).toBeLessThan(5)
  })

  test("are no more than they may be, however many addresses an answer has", async () => {
    await using at = await serveAt("127.0.0.1")
    const many = Array.from({ length: 60_000 }, (_, index) => `127.1.${index >> 8}.${index & 255}`)
    const answers = createAnswers(["127.0.0.1", ...many])
    const connected: string[] = []
    await using transport = balancedTransport(
      overTcp(at.port, {
        lookup: answers.lookup,
        maxAddresses: 3,
        connect: ({ address, lookup }) => {
          connected.push(address)
          return tcpTransport({ host: "who.test", port: at.port, lookup })
        },
      }),
    )
    expect(await createClient(Who, transport).name()).toBe("127.0.0.1")
    expect(connected).toEqual(["127.0.0.1", "127.1.0.0", "127.1.0.1"])
  })

  test("keep the name where it is good for more than the address", async () => {
    let host: string | undefined
    const handle = httpHandler(serviceOf("named"))
    const server = createHttpServer((request, response) => {
      host = request.headers.host
      handle(request, response)
    })
    server.listen(0, "127.0.0.3")
    await until(() => server.listening)
    const { port } = server.address() as { port: number }
    const answers = createAnswers(["127.0.0.3"])
    const transport = balancedTransport({
      host: "who.test",
      connect: ({ lookup }) => httpTransport(`http://who.test:${port}`, { lookup }),
      lookup: answers.lookup,
    })
    expect(await createClient(Who, transport).name()).toBe("named")
    expect(host).toBe(`who.test:${port}`)
    expect([...answers.hosts]).toEqual(["who.test"])
    await transport.close()
    server.close()
  })

  test("are given up where the servers of the last answer are gone, and those that were ejected serve again", async () => {
    await using at = await serveAt("127.0.0.2")
    const answers = createAnswers(["127.0.0.1", "127.0.0.2"])
    await using transport = balancedTransport(
      overTcp(at.port, { lookup: answers.lookup, refreshMillis: 1 }),
      { policy: "round-robin", minEjectMillis: 60_000, maxEjectMillis: 60_000 },
    )
    const client = createClient(Who, transport)
    expect(await namesOf(() => client.name(), 5)).toEqual(["127.0.0.2"])
    expect(transport.servers()[0]).toMatchObject({ name: "127.0.0.1", isEjected: true })
    await using _first = await serveTcp(serviceOf("back"), { host: "127.0.0.1", port: at.port })
    answers.answer = ["127.0.0.1"]
    await until(() => {
      void client.name()
      return transport.servers().length === 1
    })
    expect(await client.name()).toBe("back")
  })

  test.for([{ refreshMillis: 0 }, { maxAddresses: -1 }])("refuse %o", (options) => {
    expect(() => balancedTransport(overTcp(1, options))).toThrow(TypeError)
  })
})
