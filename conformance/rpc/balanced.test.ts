// Servers of Java, of Python and of ours behind one balanced transport: what each told of its protocol holds for it
// and for no other.

import { discover, type Transport } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { balancedTransport } from "@avrolet/rpc/resilience"
import { tcpTransport } from "@avrolet/rpc/tcp"
import { afterAll, describe, expect, test } from "vitest"
import { call, serve } from "./ours.ts"
import { startJavaRpc, startPythonRpc } from "./peers.ts"
import { protocolOf, strangerOf } from "./protocols.ts"
import { matchesOf, recorded } from "./wire.ts"

const [java, python] = await Promise.all([startJavaRpc(), startPythonRpc()])
afterAll(async () => {
  await Promise.all([java, python].map((peer) => peer[Symbol.asyncDispose]()))
})

const overHttp = (port: number) => recorded(httpTransport(`http://127.0.0.1:${port}/`))
const CALLS = 12
const hello = Array.from({ length: CALLS }, () => ({ message: "text", parameters: { value: "hi" } }))

describe("a balanced transport to servers of Java, of Python and of ours", () => {
  test("has a handshake with each, once, and then calls", async () => {
    await using ours = await serve("http", protocolOf("exchange-newer"))
    const members = [
      overHttp(java.port("http", "exchange")),
      overHttp(python.port("http", "exchange")),
      overHttp(ours.port),
    ]
    await using transport = balancedTransport(members, { policy: "round-robin" })
    const stranger = strangerOf("exchange")
    expect(await call(transport, stranger, ...hello)).toEqual({ result: "hi" })
    for (const { responses } of members)
      expect(matchesOf(responses)).toEqual(["NONE", "BOTH", "BOTH", "BOTH", "BOTH"])
  })

  test("over HTTP and TCP at once, every call is answered", async () => {
    await using ours = await serve("tcp", protocolOf("exchange"))
    const members: Transport[] = [
      httpTransport(`http://127.0.0.1:${java.port("http", "exchange-newer")}/`),
      tcpTransport({ port: java.port("tcp", "exchange") }),
      httpTransport(`http://127.0.0.1:${python.port("http", "exchange")}/`),
      tcpTransport({ port: ours.port }),
    ]
    await using transport = balancedTransport(members, { policy: "round-robin" })
    expect(await call(transport, protocolOf("exchange"), ...hello)).toEqual({ result: "hi" })
    expect(transport.servers().map(({ calls }) => calls)).toEqual([3, 3, 3, 3])
  })

  test("discovers what one of them tells, whichever it is", async () => {
    await using ours = await serve("http", protocolOf("exchange"))
    await using transport = balancedTransport(
      [java.port("http", "exchange"), python.port("http", "exchange"), ours.port].map(overHttp),
      { policy: "round-robin" },
    )
    const messages = Object.keys(protocolOf("exchange").messages).toSorted()
    for (let time = 0; time < 3; time++)
      expect(Object.keys((await discover(transport)).messages).toSorted()).toEqual(messages)
    expect(transport.servers().map(({ calls }) => calls)).toEqual([1, 1, 1])
  })

  test("brings one back that was ejected, by a handshake that Java and Python understand", async () => {
    for (const port of [java.port("http", "exchange"), python.port("http", "exchange")]) {
      await using ours = await serve("http", protocolOf("exchange"))
      const inner = httpTransport(`http://127.0.0.1:${port}/`)
      const unreachable = httpTransport("http://127.0.0.1:1/")
      let isUp = false
      const sick: Transport = {
        ...inner,
        send: (...message) => (isUp ? inner : unreachable).send(...message),
      }
      const options = { minEjectMillis: 20, maxEjectMillis: 20 }
      await using transport = balancedTransport([overHttp(ours.port), sick], options)
      const deadline = Date.now() + 10_000
      const isEjected = (): boolean => transport.servers()[1]?.isEjected === true
      while (!isEjected() && Date.now() < deadline) await call(transport, protocolOf("exchange"), ...hello)
      expect(isEjected()).toBe(true)
      isUp = true
      while (isEjected() && Date.now() < deadline) await call(transport, protocolOf("exchange"), ...hello)
      expect(isEjected()).toBe(false)
    }
  })
})
