// The names of servers, by `@avrolet/dns`.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createLookup } from "@avrolet/dns"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createClient } from "../client.ts"
import { httpTransport, serveHttp } from "../http/index.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { testCertificate, testKey } from "../testing/tls.ts"
import { failureOf } from "../transport.contract.ts"

let folder: string
let lookup: ReturnType<typeof createLookup>
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "avrolet-"))
  const hostsFile = join(folder, "hosts")
  writeFileSync(hostsFile, "127.0.0.1 shop.test\n")
  lookup = createLookup({ hostsFile })
})
afterAll(() => rmSync(folder, { recursive: true }))

const tls = { key: testKey, cert: testCertificate }
const trusting = { ca: testCertificate, servername: "localhost" }

describe("a transport finds its server by the lookup it is given", () => {
  test("over HTTP, with TLS and without", async () => {
    await using server = await serveHttp(createShop().service, { port: 0 })
    await using transport = httpTransport(`http://shop.test:${server.port}`, { lookup })
    expect(await createClient(Shop, transport).echo({ query: "hi" })).toBe("hi")

    await using secure = await serveHttp(createShop().service, { port: 0, tls })
    const url = `https://shop.test:${secure.port}`
    await using secureTransport = httpTransport(url, { lookup, tls: trusting })
    expect(await createClient(Shop, secureTransport).echo({ query: "hi" })).toBe("hi")
  })

  test("over TCP, with TLS and without", async () => {
    await using server = await serveTcp(createShop().service, { port: 0 })
    await using transport = tcpTransport({ host: "shop.test", port: Number(server.port), lookup })
    expect(await createClient(Shop, transport).echo({ query: "hi" })).toBe("hi")

    await using secure = await serveTcp(createShop().service, { port: 0, tls })
    const target = { host: "shop.test", port: Number(secure.port), tls: trusting }
    await using secureTransport = tcpTransport({ ...target, lookup })
    expect(await createClient(Shop, secureTransport).echo({ query: "hi" })).toBe("hi")
  })

  test("and says what that said of a name that is not there", async () => {
    await using http = httpTransport("http://no..name:1", { lookup })
    await using tcp = tcpTransport({ host: "no..name", port: 1, lookup })
    for (const transport of [http, tcp]) {
      expect(await failureOf(createClient(Shop, transport).echo({ query: "" }))).toMatchObject({
        code: "ERR_RPC_CONNECTION",
        message: expect.stringContaining("getaddrinfo ENOTFOUND no..name"),
        mayHaveBeenServed: false,
      })
    }
  })
})
