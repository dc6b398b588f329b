import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { block } from "../testing/block.ts"
import { frame, rawServer } from "../testing/frames.ts"
import { proxyTo } from "../testing/proxy.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { failureOf } from "../transport.contract.ts"
import { serveTcp } from "./serve.ts"
import { tcpTransport } from "./transport.ts"

const BOTH = "00 00 00 00"
const ok = "00 00 04 6869" // no metadata, no error, "hi"

describe("a server that does not answer", () => {
  test("is found out by a ping when it reads and says nothing", async () => {
    const serials: number[] = []
    await using server = await rawServer(async (peer) => {
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      for (let came = await peer.next(); came !== undefined; came = await peer.next())
        serials.push(came.serial)
    })
    await using transport = tcpTransport({ port: server.port, pingMillis: 50 })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringMatching(/silent for 50 ms after a ping/),
    })
    expect(serials).toContain(0)
  })

  test("is found out when the line between goes dead, and the next call takes a new one", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    await using proxy = await proxyTo(server.port as number)
    await using transport = tcpTransport({ port: proxy.port, pingMillis: 50 })
    const client = createClient(Shop, transport)
    await client.echo({ query: "alive" })
    proxy.freeze()
    expect(await failureOf(client.echo({ query: "dead" }))).toMatchObject({ code: "ERR_RPC_CONNECTION" })
    expect(await client.echo({ query: "alive again" })).toBe("alive again")
    expect(proxy.connections).toBe(2)
  })

  test("is not given up while it answers pings: a call may take as long as it likes", async () => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    await using transport = tcpTransport({ port: server.port, pingMillis: 100 })
    const client = createClient(Shop, transport)
    expect(await failureOf(client.wait({}, { timeoutMillis: 600 }))).toMatchObject({
      code: "ERR_RPC_TIMEOUT",
    })
  })

  test("is not given up by a client that was held up, and has not read its answer", async () => {
    await using server = await rawServer(async (peer) => {
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      const call = await peer.next()
      await peer.next() // a ping
      peer.write(frame(call?.serial ?? 0, ok))
      block(2 * 500)
    })
    await using transport = tcpTransport({ port: server.port, pingMillis: 500 })
    expect(await createClient(Shop, transport).echo({ query: "" })).toBe("hi")
  })

  test("is given up when it accepts and does not shake hands", async () => {
    await using server = await rawServer(() => {})
    await using transport = tcpTransport({ port: server.port, connectMillis: 50 })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringMatching(/No handshake with 127.0.0.1:\d+ within 50 ms/),
    })
  })

  test("and takes no one-way calls any more is left after its time, and the next call takes a new connection", async () => {
    let connections = 0
    await using server = await rawServer(async (peer) => {
      const isDeaf = ++connections === 1
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      if (isDeaf) peer.socket.pause()
      else peer.write(frame((await peer.next())?.serial ?? 0, ok))
    })
    await using transport = tcpTransport({ port: server.port, idleMillis: 200 })
    const client = createClient(Shop, transport)
    const line = "x".repeat(2 ** 20)
    for (let megabytes = 0; megabytes < 30; megabytes++) await client.log({ line }) // more than the buffers of two sockets
    await new Promise((resolve) => setTimeout(resolve, 1000))
    expect(await client.echo({ query: "hi" })).toBe("hi")
  })

  test("and leaves what was given up unanswered makes room by a new connection", async () => {
    let connections = 0
    await using server = await rawServer(async (peer) => {
      const isDeaf = ++connections === 1
      peer.write(frame((await peer.next())?.serial ?? 0, BOTH))
      for (let came = await peer.next(); came !== undefined; came = await peer.next()) {
        if (!isDeaf) peer.write(frame(came.serial, ok))
      }
    })
    await using transport = tcpTransport({ port: server.port, maxCallsInFlight: 3 })
    const client = createClient(Shop, transport)
    // One that finds no time to be sent does not count.
    const patiently = () => client.echo({ query: "hi" }, { timeoutMillis: 50 }).catch(() => undefined)
    while ((await patiently()) === undefined) expect(connections).toBeLessThanOrEqual(2)
    expect(connections).toBe(2)
  })
})
