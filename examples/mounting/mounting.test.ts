import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { createClient } from "@avrolet/rpc"
import { httpTransport } from "@avrolet/rpc/http"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { freePort, listening } from "../../packages/nats/src/testing/ports.ts"
import { Echo } from "../echo/protocol.ts"

describe.for(["fastify", "express", "hono", "node-http"])("the service in %s", (name) => {
  let child: ChildProcess
  let address: string

  beforeAll(async () => {
    const port = await freePort()
    const program = fileURLToPath(new URL(`../dist/mounting/${name}.js`, import.meta.url))
    const env = { ...process.env, PORT: String(port) }
    child = spawn(process.execPath, [program], { env, stdio: ["ignore", "inherit", "inherit"] })
    address = `http://127.0.0.1:${port}`
    await listening(port)
  })

  afterAll(() => {
    child.kill()
  })

  test("answers below its path", async () => {
    await using transport = httpTransport(`${address}/api/echo`)
    const client = createClient(Echo, transport)
    expect(await client.split({ query: "small services talk" })).toBe("small\nservices\ntalk")
    const long = "0123456789".repeat(100_000)
    expect(await client.echo({ query: long })).toBe(long)
  })

  test("leaves the other routes and their bodies alone", async () => {
    const response = await fetch(`${address}/json`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":[1]}',
    })
    expect(await response.json()).toEqual({ a: [1] })
  })

  test("is not found elsewhere", async () => {
    await using transport = httpTransport(`${address}/elsewhere`)
    await expect(createClient(Echo, transport).echo({ query: "" })).rejects.toMatchObject({
      code: "ERR_RPC_HTTP_STATUS",
      message: expect.stringContaining("status 404"),
    })
  })
})
