import { execFile } from "node:child_process"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { type ConnectionOptions, connect } from "node:tls"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { createClient, discover, localTransport, type RefusedEvent } from "@avrolet/rpc"
import { serveHttp } from "@avrolet/rpc/http"
import { serveTcp } from "@avrolet/rpc/tcp"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Accounts, createAccounts } from "./accounts.ts"
import { type Authority, createAuthority } from "./authority.ts"
import { requireToken, sendToken } from "./tokens.ts"

test("the example lets in whom it should, and nobody else", async () => {
  const program = fileURLToPath(new URL("../dist/auth/auth.js", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  expect(stdout).toMatch(
    new RegExp(
      [
        "over TCP, with our certificate: 100",
        "over TCP, with a stranger's: RpcError: No connection to .*",
        "over TCP, without one: RpcError: No connection to [^]*?",
        "over HTTPS, with our certificate: 100",
        "over HTTPS, with a stranger's: RpcError: No .*",
        "over HTTPS, without one: RpcError: No .*",
        "with a token: 100",
        "with a token that is none: RpcError: Send a token that is known here",
        "without a token: RpcError: Send a token that is known here",
        "",
      ].join("\n"),
    ),
  )
})

const UNKNOWN = "00".repeat(16)

describe.for([
  // a handshake that the server answers with its protocol
  {
    transport: "TCP",
    serve: serveTcp,
    request: Buffer.from(`000000010000000100000022${UNKNOWN}00${UNKNOWN}00`, "hex"),
  },
  { transport: "HTTPS", serve: serveHttp, request: Buffer.from("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n") },
])("a service over $transport that asks for certificates", ({ serve, request }) => {
  let ours: Authority
  let theirs: Authority

  beforeAll(() => {
    ours = createAuthority("Ours")
    theirs = createAuthority("Theirs")
  })

  afterAll(() => {
    ours[Symbol.dispose]()
    theirs[Symbol.dispose]()
  })

  test("sends a stranger not one byte, and tells its own log", async () => {
    const tls = { ...ours.issue("accounts"), ca: ours.certificate, requestCert: true }
    await using server = await serve(createAccounts(), { port: 0, tls })
    const to = { port: server.port as number, ca: ours.certificate }
    expect((await answerTo(request, { ...to, ...ours.issue("a client of ours") })).length).toBeGreaterThan(0)

    const refused: RefusedEvent[] = []
    const listen = (event: unknown): void => {
      const { code } = event as RefusedEvent
      if (code === "ERR_RPC_CONNECTION") refused.push(event as RefusedEvent)
    }
    subscribe("avrolet:rpc.refused", listen)
    using namesake = createAuthority("Ours")
    const strangers = [{}, theirs.issue("a client of ours"), namesake.issue("a client of ours")]
    for (const stranger of strangers) {
      expect(await answerTo(request, { ...to, ...stranger })).toEqual(new Uint8Array())
    }
    await expect.poll(() => refused.length).toBe(strangers.length)
    for (const event of refused) expect(event).toMatchObject({ protocol: "example.Accounts" })
    unsubscribe("avrolet:rpc.refused", listen)
  })
})

describe("a service that asks for tokens", () => {
  const transport = localTransport(
    createAccounts([requireToken({ "of-the-shop": ["balance"], "of-the-bank": ["balance", "pay"] })]),
  )
  const clientWith = (token: string) =>
    createClient(Accounts, transport, { interceptors: [sendToken(token)] })

  test("lets each token do what it is good for", async () => {
    expect(await clientWith("of-the-shop").balance({ account: "ada" })).toBe(100)
    expect(await clientWith("of-the-bank").pay({ account: "ada", amount: 1 })).toBe(101)
    await expect(clientWith("of-the-shop").pay({ account: "ada", amount: 1 })).rejects.toMatchObject({
      code: "ERR_RPC_FORBIDDEN",
      message: "The token is not for pay",
    })
    expect(await clientWith("of-the-shop").balance({ account: "ada" })).toBe(101)
  })

  test.for([
    { name: "none", client: createClient(Accounts, transport) },
    { name: "an empty one", client: clientWith("") },
    { name: "the beginning of one", client: clientWith("of-the-ban") },
    { name: "one with more behind it", client: clientWith("of-the-bank ") },
    { name: "the name of something every object has", client: clientWith("constructor") },
  ])("answers every message alike with $name, and runs no handler", async ({ client }) => {
    const calls = [
      client.balance({ account: "ada" }),
      client.balance({ account: "nobody" }),
      client.pay({ account: "ada", amount: 1000 }),
    ]
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({
        code: "ERR_RPC_UNAUTHENTICATED",
        message: "Send a token that is known here",
      })
    }
    expect(await clientWith("of-the-shop").balance({ account: "ada" })).toBe(101)
  })

  test("tells its protocol even so: the handshake comes before the token", async () => {
    expect((await discover(transport)).text).toBe(Accounts.text)
  })
})

/** The first bytes that a server sends to whoever says `message` to it over TLS; none if it hangs up. */
function answerTo(message: Uint8Array, options: ConnectionOptions): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", ...options })
    socket.on("data", (chunk: Buffer) => {
      resolve(chunk)
      socket.destroy()
    })
    socket.on("error", () => {}) // how it is told to go away is not the point
    socket.on("close", () => resolve(new Uint8Array()))
    socket.write(message)
  })
}
