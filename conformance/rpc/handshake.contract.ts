// The three ways in which a handshake over HTTP may end, as seen on the wire, with a peer at either end.

import { discover } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { describe, expect, test } from "vitest"
import { call, serve } from "./ours.ts"
import type { RpcPeer } from "./peers.ts"
import { protocolOf, strangerOf } from "./protocols.ts"
import { frame, matchesOf, post, readRequest, readResponse, recorded, unframe, writeRequest } from "./wire.ts"

const hi = { message: "text", parameters: { value: "hi" } }

/** What a peer makes of servers that it has called before. */
interface Habits {
  /** How the first handshake of another client of the same protocol, on a connection of its own, ends. */
  readonly secondClient: "BOTH" | "CLIENT"
}

/** Makes the tests of one peer. */
export function handshakeContract(peer: RpcPeer, { secondClient }: Habits): void {
  describe("our client's handshakes with its server", () => {
    const transportToPeer = () =>
      recorded(httpTransport(`http://127.0.0.1:${peer.port("http", "exchange")}/`))

    test("a stranger is asked for its protocol, NONE, and known from then on, BOTH; another client of it, CLIENT", async () => {
      await using transport = transportToPeer()
      const stranger = strangerOf("exchange")
      await call(transport, stranger, hi, hi)
      await call(transport, stranger, hi, hi)
      expect(matchesOf(transport.responses)).toEqual(["NONE", "BOTH", "BOTH", "CLIENT", "BOTH"])
      const texts = transport.requests.map(
        (request) => readRequest(request).handshake.clientProtocol !== null,
      )
      expect(texts).toEqual([false, true, false, false, false])
    })

    test("equal declarations are written otherwise by each side, so that their hashes never match (H6)", async () => {
      await using transport = transportToPeer()
      const theirs = await discover(transport)
      const ours = protocolOf("exchange")
      expect(Object.keys(theirs.messages).toSorted()).toEqual(Object.keys(ours.messages).toSorted())
      expect(Buffer.from(theirs.hash).equals(ours.hash)).toBe(false)
    })

    test("a client of the very text that the server told is understood at once, BOTH", async () => {
      await using transport = transportToPeer()
      const theirs = await discover(transport)
      transport.responses.length = 0
      expect(await call(transport, theirs, hi)).toEqual({ result: "hi" })
      expect(matchesOf(transport.responses)).toEqual(["BOTH"])
    })

    test("NONE tells protocol and hash also to a client that has the hash right", async () => {
      await using transport = transportToPeer()
      const { hash } = await discover(transport)
      const request = writeRequest(strangerOf("exchange"), { clientProtocol: null, serverHash: hash })
      const { body } = await post(peer.port("http", "exchange"), frame(request))
      expect(readResponse(unframe(body).message).handshake).toMatchObject({
        match: "NONE",
        serverProtocol: expect.stringContaining("Exchange"),
        serverHash: hash,
      })
    })
  })

  describe("its client's handshakes with our server", () => {
    const greet = (port: number, times: number) =>
      peer.call({
        over: "http",
        port,
        protocol: protocolOf("exchange"),
        calls: Array.from({ length: times }, () => hi),
      })

    test(`a stranger is asked for its protocol, NONE, and known from then on, BOTH; another client of it, ${secondClient}`, async () => {
      await using server = await serve("http", protocolOf("exchange"))
      await greet(server.port, 2)
      await greet(server.port, 2)
      const responses = server.bodies.map(({ response }) => unframe(response).message)
      expect(matchesOf(responses)).toEqual(["NONE", "BOTH", "BOTH", secondClient, "BOTH"])
      const texts = server.bodies.map(
        ({ request }) => readRequest(unframe(request).message).handshake.clientProtocol !== null,
      )
      expect(texts).toEqual([false, true, false, false, false])
    })

    test("a client that we have forgotten is asked again, with our protocol and hash, and goes on", async () => {
      await using server = await serve("http", protocolOf("exchange"), { maxProtocolsSeen: 0 })
      expect(await greet(server.port, 2)).toEqual([{ result: "hi" }, { result: "hi" }])
      const responses = server.bodies.map(({ response }) => unframe(response).message)
      expect(matchesOf(responses)).toEqual(["NONE", "BOTH", "NONE", "BOTH"])
      const { hash, text } = protocolOf("exchange")
      expect(readRequest(unframe(server.bodies[2]?.request as Buffer).message).handshake.serverHash).toEqual(
        hash,
      )
      expect(readResponse(responses[2] as Uint8Array).handshake).toMatchObject({
        serverProtocol: text,
        serverHash: hash,
      })
    })
  })
}
