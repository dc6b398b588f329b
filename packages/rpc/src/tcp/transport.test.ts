import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, connect as connectTo, createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { connect as connectTls } from "node:tls"
import { describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import type { RefusedEvent } from "../diagnostics.ts"
import { discover } from "../discover.ts"
import { eventually, until } from "../testing/outcome.ts"
import { freePort } from "../testing/ports.ts"
import { nextTurns } from "../testing/proxy.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { testCertificate, testKey, tlsRefusals } from "../testing/tls.ts"
import { failureOf, published, transportContract } from "../transport.contract.ts"
import { serveTcp, type TcpServer } from "./serve.ts"
import { tcpTransport } from "./transport.ts"

describe("the TCP transport", () => {
  transportContract(async (service) => {
    const server = await serveTcp(service, { port: 0 })
    return { transport: tcpTransport({ port: portOf(server) }), stop: () => server.close() }
  })
})

describe("the TCP transport, on a Unix socket", () => {
  transportContract(async (service) => {
    const folder = mkdtempSync(join(tmpdir(), "avrolet-"))
    const path = join(folder, "shop.sock")
    const server = await serveTcp(service, { path })
    return {
      transport: tcpTransport({ path }),
      async stop() {
        await server.close()
        rmSync(folder, { recursive: true })
      },
    }
  })
})

describe("a message that has a connection of its own", () => {
  test("was certainly not served where nobody listens, so that it may go to another server", async () => {
    await using transport = tcpTransport({ port: await freePort() })
    const refused = { code: "ERR_RPC_CONNECTION", mayHaveBeenServed: false }
    expect(await failureOf(discover(transport))).toMatchObject(refused)
  })

  test("is waited for when the transport is closed, but not for ever", async () => {
    const silent = createServer((socket) => socket.resume()).listen(0, "127.0.0.1")
    await once(silent, "listening")
    const transport = tcpTransport({ port: (silent.address() as AddressInfo).port })
    const answer = failureOf(discover(transport))
    await once(silent, "connection")
    await transport.close({ timeoutMillis: 20 })
    const brokenOff = {
      code: "ERR_RPC_CONNECTION",
      message: "The transport is closed",
      mayHaveBeenServed: true,
    }
    expect(await answer).toMatchObject(brokenOff)
    await new Promise((resolve) => silent.close(resolve)) // no connection is left
  })
})

test.for([
  { which: "the default", options: {}, most: 4 * 1024 * 1024 },
  { which: "its own", options: { maxMessageBytes: 10_000 }, most: 10_000 },
])(
  "a request larger than $which limit is not sent, and those beside it on the connection are answered",
  async ({ options, most }) => {
    const shop = createShop()
    await using server = await serveTcp(shop.service, { port: 0 })
    await using transport = tcpTransport({ port: server.port, ...options })
    const client = createClient(Shop, transport)
    const refused = {
      code: "ERR_RPC_MESSAGE_SIZE",
      message: `The request is larger than ${most} bytes; raise maxMessageBytes of both sides to send it`,
      mayHaveBeenServed: false,
    }
    const query = "x".repeat(most)
    expect(await failureOf(client.echo({ query }))).toMatchObject(refused) // while it connects
    const beside = client.wait({}, { timeoutMillis: 5000 })
    await until(() => shop.contexts.length === 1)
    expect(await failureOf(client.echo({ query }))).toMatchObject(refused)
    shop.release("answered")
    expect(await beside).toBe("answered")
    expect(await client.echo({ query: "x".repeat(most - 100) })).toHaveLength(most - 100)
  },
)

const tls = { key: testKey, cert: testCertificate }

describe("the TCP transport, with TLS and certificates on both sides", () => {
  transportContract(async (service) => {
    const server = await serveTcp(service, {
      port: 0,
      tls: { ...tls, ca: testCertificate, requestCert: true },
    })
    return {
      transport: tcpTransport({
        host: "localhost",
        port: portOf(server),
        tls: { ...tls, ca: testCertificate },
      }),
      stop: () => server.close(),
    }
  })
})

describe("TLS", () => {
  test.for([
    ...tlsRefusals,
    {
      name: "options that TLS cannot use",
      server: {},
      client: { cert: "nonsense" },
      message: /Cannot connect to localhost:\d+: /,
    },
  ])("refuses $name", async ({ server: serverTls, client: clientTls, message }) => {
    await using server = await serveTcp(createShop().service, { port: 0, tls: { ...tls, ...serverTls } })
    await using transport = tcpTransport({ host: "localhost", port: portOf(server), tls: clientTls })
    expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringMatching(message),
    })
  })
})

test("a server that closes does not wait for a client that is in the middle of its TLS handshake", async () => {
  const server = await serveTcp(createShop().service, { port: 0, tls })
  const socket = connectTo(portOf(server), "127.0.0.1")
  await once(socket, "connect")
  await nextTurns() // the server has let it in
  const closed = server.close({ timeoutMillis: 60_000 })
  const client = connectTls({ socket, ca: testCertificate, servername: "localhost" })
  await once(client.resume(), "close")
  await closed
})

test("connections of TLS are limited: one more is closed, and there is room when one goes", async () => {
  await using server = await serveTcp(createShop().service, { port: 0, tls, maxConnections: 1 })
  const connect = () =>
    tcpTransport({ host: "localhost", port: portOf(server), tls: { ca: testCertificate } })
  const first = connect()
  expect(await createClient(Shop, first).echo({ query: "hi" })).toBe("hi")
  await using second = connect()
  const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
    expect(await failureOf(createClient(Shop, second).echo({ query: "" }))).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      mayHaveBeenServed: false,
    })
  })
  expect(refused).toMatchObject([{ code: "ERR_RPC_OVERLOADED" }])
  expect(await createClient(Shop, first).echo({ query: "hi" })).toBe("hi")
  await first.close()
  expect(await eventually(() => createClient(Shop, second).echo({ query: "again" }))).toBe("again")
})

test("a connection without calls keeps no process alive", async () => {
  await using server = await serveTcp(createShop().service, { port: 0 })
  const program = `
    import { protocol } from "@avrolet/avro"
    import { createClient } from "@avrolet/rpc"
    import { tcpTransport } from "@avrolet/rpc/tcp"
    const Shop = protocol({ protocol: "Shop", messages: { crash: { request: [], response: "string" } } })
    const client = createClient(Shop, tcpTransport({ port: ${portOf(server)} }))
    console.log(await client.crash().catch((error) => error.message))
  `
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  })
  const [printed] = await Promise.all([text(child.stdout), once(child, "exit")])
  expect(printed).toBe("Internal error\n")
  expect(child.exitCode).toBe(0)
})

test.for([
  {},
  { port: 1, path: "/tmp/x" },
  { port: 65536 },
  { port: -1 },
  { port: 1.5 },
  { port: 1, maxCallsInFlight: 0 },
  { port: 1, pingMillis: Number.NaN },
  { port: 1, connectMillis: Number.POSITIVE_INFINITY },
])("refuses %o at once", (options) => {
  expect(() => tcpTransport(options)).toThrow(TypeError)
})

const portOf = ({ port }: TcpServer): number => port as number
