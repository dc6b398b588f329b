// Avro RPC over TCP with Java's own implementation, both ways. Every pair of versions of the protocol:
//
//   echo                    the protocol as it is
//   echo-with-default       `split` has a parameter more, which has a default
//   echo-without-parameter  `echo` has lost its parameter
//   echo-with-note          has a one-way message, and one that tells what came of it

import { readFileSync } from "node:fs"
import { parseProtocol } from "@avrolet/avro"
import { createClient, DeclaredError, discover, implement } from "@avrolet/rpc"
import { serveTcp, tcpTransport } from "@avrolet/rpc/tcp"
import { describe, expect, test } from "vitest"
import { protocolPath } from "../python/peer.ts"
import { startJavaProgram } from "./peer.ts"

const read = (name: string) => parseProtocol(readFileSync(protocolPath(name), "utf8"))
const declared = { reason: 'no answer to "x"' }
const large = "0123456789".repeat(100_000)

/** Client, server, and what `split "a b  c"` gives when the client does not know of a separator. */
const pairs = [
  ["echo", "echo", "a\nb\nc"],
  ["echo", "echo-with-default", "a\nb\n\nc"],
  ["echo", "echo-without-parameter", "a\nb\nc"],
  ["echo-with-default", "echo", "a\nb\nc"],
  ["echo-with-default", "echo-with-default", "a\nb\n\nc"],
  ["echo-without-parameter", "echo-without-parameter", "a\nb\nc"],
  ["echo", "echo-with-note", "a\nb\nc"],
  ["echo-with-note", "echo", "a\nb\nc"],
] as const

test("the peers are of the versions that pom.xml pins", async () => {
  await using peer = await startJavaProgram("Netty", "serve", protocolPath("echo"))
  const { java, avro, "avro-ipc-netty": netty } = peer.hello
  console.info(`Peers: Java ${java}, avro ${avro}, avro-ipc-netty ${netty}; Node ${process.version}`)
  const pom = readFileSync(new URL("pom.xml", import.meta.url), "utf8")
  expect(pom).toContain(`<avro.version>${avro}</avro.version>`)
  expect(pom).toContain(`<avro.netty.version>${netty}</avro.netty.version>`)
})

describe("our client calls Java's NettyServer", () => {
  test.for(pairs)("%s → %s", async ([client, server, words]) => {
    await using peer = await startJavaProgram("Netty", "serve", protocolPath(server))
    await using transport = tcpTransport({ port: Number(peer.hello["port"]) })
    const echo = createClient(read(client), transport)
    const dropped = client === "echo-without-parameter" || server === "echo-without-parameter"

    for (const query of ["hi", "wörld 🌍", large]) {
      expect(await echo["echo"]?.(client === "echo-without-parameter" ? {} : { query })).toBe(
        dropped ? "" : query,
      )
    }
    expect(await echo["split"]?.({ query: "a b  c" })).toBe(words)
    await expect(echo["fail"]?.({ query: "x" })).rejects.toMatchObject({
      errorName: "example.EmptyQuery",
      value: declared,
    })
    await expect(echo["fail"]?.({ query: "boom" })).rejects.toMatchObject({
      code: "ERR_RPC_REMOTE",
      message: expect.stringContaining("boom"),
    })
    const many = Array.from({ length: 300 }, (_, index) => `${index} x`)
    const split = await Promise.all(many.map(async (query) => echo["split"]?.({ query })))
    expect(split).toEqual(many.map((query) => query.replace(" ", "\n")))
  })

  test("one-way calls arrive, and are not answered", async () => {
    await using peer = await startJavaProgram("Netty", "serve", protocolPath("echo-with-note"))
    await using transport = tcpTransport({ port: Number(peer.hello["port"]) })
    const echo = createClient(read("echo-with-note"), transport)
    expect(await echo["note"]?.({ query: "one" })).toBeNull()
    expect(await echo["note"]?.({ query: "two" })).toBeNull()
    // The server runs handlers side by side: one that is called later may be done sooner.
    await expect
      .poll(async () =>
        String(await echo["notes"]?.({}))
          .split("\n")
          .toSorted(),
      )
      .toEqual(["one", "two"])
  })

  test("a message that the server does not have fails alone, also one that is one-way", async () => {
    await using peer = await startJavaProgram("Netty", "serve", protocolPath("echo"))
    await using transport = tcpTransport({ port: Number(peer.hello["port"]) })
    const echo = createClient(read("echo-with-note"), transport)
    await expect(echo["notes"]?.({})).rejects.toMatchObject({ code: "ERR_RPC_REMOTE" })
    await expect(echo["note"]?.({ query: "" })).rejects.toMatchObject({ code: "ERR_RPC_REMOTE" })
    expect(await echo["split"]?.({ query: "still there" })).toBe("still\nthere")
  })

  test("a ping, and a call that is given up, do the server no harm", async () => {
    await using peer = await startJavaProgram("Netty", "serve", protocolPath("echo"))
    await using transport = tcpTransport({ port: Number(peer.hello["port"]) })
    const echo = createClient(read("echo"), transport)
    await echo["echo"]?.({ query: "connected" })
    const controller = new AbortController()
    const given = echo["echo"]?.({ query: large }, { signal: controller.signal })
    controller.abort(new Error("changed my mind"))
    await expect(given).rejects.toThrow("changed my mind")
    expect(await echo["split"]?.({ query: "still there" })).toBe("still\nthere")
  })

  test("the server tells a stranger its protocol", async () => {
    await using peer = await startJavaProgram("Netty", "serve", protocolPath("echo"))
    await using transport = tcpTransport({ port: Number(peer.hello["port"]) })
    expect(Object.keys((await discover(transport)).messages).toSorted()).toEqual(["echo", "fail", "split"])
  })
})

describe("Java's NettyTransceiver calls our server", () => {
  test.for(pairs)("%s → %s", async ([client, server, words]) => {
    await using ours = await serve(server)
    await using peer = await startJavaProgram("Netty", "call", String(ours.port), protocolPath(client))
    const dropped = client === "echo-without-parameter" || server === "echo-without-parameter"
    const call = async (message: string, query: string): Promise<unknown> => {
      const isBare = message === "echo" && client === "echo-without-parameter"
      const separator = server === "echo-with-default" ? " " : ","
      const more = message === "split" && client === "echo-with-default" ? { separator } : {}
      const [answer] = (await peer.ask([
        { message, parameters: isBare ? {} : { query, ...more } },
      ])) as unknown[]
      return answer
    }

    for (const query of ["hi", "wörld 🌍", large]) {
      expect(await call("echo", query)).toEqual({ result: dropped ? "" : query })
    }
    expect(await call("split", "a b  c")).toEqual({ result: words })
    expect(await call("fail", "x")).toEqual({ error: declared, declared: true })
    expect(await call("fail", "boom")).toEqual({ error: "Internal error", declared: false })
    expect(await call("split", "still there")).toEqual({ result: "still\nthere" })
  })

  test("many calls at once are each answered with their own, in whatever order", async () => {
    await using ours = await serve("echo")
    await using peer = await startJavaProgram("Netty", "call", String(ours.port), protocolPath("echo"))
    const queries = Array.from({ length: 500 }, (_, index) => "x".repeat(index))
    const answers = await peer.ask(queries.map((query) => ({ message: "echo", parameters: { query } })))
    expect(answers).toEqual(queries.map((result) => ({ result })))
  })

  test("one-way calls arrive: the first, which has the handshake, and those that follow", async () => {
    await using ours = await serve("echo-with-note")
    await using peer = await startJavaProgram(
      "Netty",
      "call",
      String(ours.port),
      protocolPath("echo-with-note"),
    )
    const note = (query: string) => ({ message: "note", parameters: { query } })
    expect(await peer.ask([note("one"), note("two")])).toEqual([{}, {}])
    expect(await peer.ask([{ message: "notes", parameters: {} }])).toEqual([{ result: "one\ntwo" }])
  })

  test("a parameter that the client does not know and that has no default is an error with its reason", async () => {
    await using ours = await serve("echo")
    const without = protocolPath("echo-without-parameter")
    await using peer = await startJavaProgram("Netty", "call", String(ours.port), without)
    expect(await peer.ask([{ message: "echo", parameters: {} }])).toEqual([
      {
        error: expect.stringContaining('field "query" is missing from the writer and has no default'),
        declared: false,
      },
    ])
  })
})

/** The peer's service, implemented by us. */
async function serve(protocolName: string): Promise<AsyncDisposable & { port: number }> {
  const protocol = read(protocolName)
  const notes: string[] = []
  const handlers = {
    echo: ({ query = "" }: { query?: string }) => query,
    split: ({ query, separator }: { query: string; separator?: string }) =>
      query.split(separator ?? /\s+/).join("\n"),
    fail: ({ query }: { query: string }) => {
      if (query === "boom") throw new Error("an upstream that is nobody's business")
      throw new DeclaredError("example.EmptyQuery", { reason: `no answer to "${query}"` })
    },
    note: ({ query }: { query: string }) => {
      notes.push(query)
      return null
    },
    notes: () => notes.join("\n"),
  }
  const known = Object.entries(handlers).filter(([name]) => name in protocol.messages)
  const server = await serveTcp(implement(protocol, Object.fromEntries(known) as never), { port: 0 })
  return { port: server.port as number, [Symbol.asyncDispose]: () => server.close() }
}
