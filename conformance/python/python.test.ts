// Avro RPC with Python's own implementation, both ways. Every pair of versions of the protocol:
//
//   echo                    the protocol as it is
//   echo-with-default       `split` has a parameter more, which has a default
//   echo-without-parameter  `echo` has lost its parameter

import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { parseProtocol } from "@avrolet/avro"
import { createClient, DeclaredError, discover, implement, RpcError } from "@avrolet/rpc"
import { httpHandler, httpTransport } from "@avrolet/rpc/http"
import { describe, expect, test } from "vitest"
import { protocolPath, startPeer } from "./peer.ts"

const read = (name: string) => parseProtocol(readFileSync(protocolPath(name), "utf8"))
const declared = { errorName: "example.EmptyQuery", value: { reason: 'no answer to "x"' } }

/** Client, server, and what `split "a b  c"` gives when the client does not know of a separator. */
const pairs = [
  ["echo", "echo", "a\nb\nc"],
  ["echo", "echo-with-default", "a\nb\n\nc"],
  ["echo", "echo-without-parameter", "a\nb\nc"],
  ["echo-with-default", "echo", "a\nb\nc"],
  ["echo-with-default", "echo-with-default", "a\nb\n\nc"],
  ["echo-with-default", "echo-without-parameter", "a\nb\nc"],
  ["echo-without-parameter", "echo-without-parameter", "a\nb\nc"],
] as const

test("the peers are of the versions that requirements.txt pins", async () => {
  await using peer = await startPeer("server.py", protocolPath("echo"))
  const { python, avro, eventlet } = peer.hello
  console.info(`Peers: Python ${python}, avro ${avro}, eventlet ${eventlet}; Node ${process.version}`)
  const requirements = readFileSync(new URL("./requirements.txt", import.meta.url), "utf8")
  expect(requirements).toContain(`avro==${avro}\n`)
  expect(requirements).toContain(`eventlet==${eventlet}\n`)
})

describe("our client calls Eventlet's WSGI server around Avro's Responder", () => {
  test.for(pairs)("%s → %s", async ([client, server, words]) => {
    await using peer = await startPeer("server.py", protocolPath(server))
    await using transport = httpTransport(`http://127.0.0.1:${peer.hello["port"]}/`)
    const echo = createClient(read(client), transport)
    const dropped = client === "echo-without-parameter" || server === "echo-without-parameter"

    for (const query of ["hi", "wörld 🌍", "x".repeat(100_000)]) {
      expect(await echo["echo"]?.(client === "echo-without-parameter" ? {} : { query })).toBe(
        dropped ? "" : query,
      )
    }
    expect(await echo["split"]?.({ query: "a b  c" })).toBe(words)
    await expect(echo["fail"]?.({ query: "x" })).rejects.toMatchObject(declared)
    await expect(echo["fail"]?.({ query: "boom" })).rejects.toMatchObject({
      code: "ERR_RPC_REMOTE",
      message: "boom",
    })
    expect(await echo["split"]?.({ query: "still there" })).toBe("still\nthere")
  })

  test("a parameter that the client does not know and that has no default: the server loses its error, we do not hang", async () => {
    await using peer = await startPeer("server.py", protocolPath("echo"))
    await using transport = httpTransport(`http://127.0.0.1:${peer.hello["port"]}/`)
    const echo = createClient(read("echo-without-parameter"), transport)
    await expect(echo["echo"]?.({})).rejects.toMatchObject({ code: "ERR_RPC_REMOTE" })
    expect(await echo["split"]?.({ query: "still there" })).toBe("still\nthere")
  })

  test("the server tells a stranger its protocol", async () => {
    await using peer = await startPeer("server.py", protocolPath("echo"))
    await using transport = httpTransport(`http://127.0.0.1:${peer.hello["port"]}/`)
    expect(Object.keys((await discover(transport)).messages)).toEqual(["echo", "split", "fail"])
  })
})

describe("Avro's own client calls our server", () => {
  test.for(pairs)("%s → %s", async ([client, server, words]) => {
    await using ours = await serve(server)
    await using peer = await startPeer("client.py", "127.0.0.1", String(ours.port), "/", protocolPath(client))
    const dropped = client === "echo-without-parameter" || server === "echo-without-parameter"
    // Python's writer does not fill in defaults.
    const separator =
      client === "echo-with-default" ? { separator: server === "echo-with-default" ? " " : "," } : {}

    for (const query of ["hi", "wörld 🌍", "x".repeat(100_000)]) {
      const parameters = client === "echo-without-parameter" ? {} : { query }
      expect(await peer.ask({ message: "echo", parameters })).toEqual({ result: dropped ? "" : query })
    }
    expect(await peer.ask({ message: "split", parameters: { query: "a b  c", ...separator } })).toEqual({
      result: words,
    })
    expect(await peer.ask({ message: "fail", parameters: { query: "x" } })).toEqual({
      error: declared.value,
      declared: true,
    })
    expect(await peer.ask({ message: "fail", parameters: { query: "boom" } })).toEqual({
      error: "Internal error",
      declared: false,
    })
    expect(await peer.ask({ message: "split", parameters: { query: "still there", ...separator } })).toEqual({
      result: "still\nthere",
    })
  })

  test("a parameter that the client does not know and that has no default is an error with its reason", async () => {
    await using ours = await serve("echo")
    const without = protocolPath("echo-without-parameter")
    await using peer = await startPeer("client.py", "127.0.0.1", String(ours.port), "/", without)
    expect(await peer.ask({ message: "echo", parameters: {} })).toEqual({
      error: expect.stringContaining('field "query" is missing from the writer and has no default'),
      declared: false,
    })
  })
})

/** The peer's service, implemented by us. */
async function serve(protocolName: string) {
  const protocol = read(protocolName)
  const service = implement(protocol, {
    echo: (parameters) => (parameters as { query?: string }).query ?? "",
    split: (parameters) => {
      const { query, separator } = parameters as { query: string; separator?: string }
      return query.split(separator ?? /\s+/).join("\n")
    },
    fail: (parameters) => {
      const { query } = parameters as { query: string }
      if (query === "boom") throw new RpcError("ERR_RPC_CONNECTION", "an upstream that is nobody's business")
      throw new DeclaredError("example.EmptyQuery", { reason: `no answer to "${query}"` })
    },
  })
  const server = createServer(httpHandler(service)).listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
