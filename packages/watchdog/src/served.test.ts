// Real servers in processes of their own; see fixtures/serves.ts for what each does.

import { AsyncLocalStorage } from "node:async_hooks"
import { describe, expect, test } from "vitest"
import type { Block } from "./block.ts"
import { compiled, type Ended, run } from "./fixtures/run.ts"
import { watchEventLoop } from "./watch-event-loop.ts"

describe("a block names the HTTP request being served", () => {
  test("of node:http, and no other one on the same connection or at the same time", async () => {
    const { spun, stderr } = await serve("http")
    expect(spun?.httpRequest).toBe("GET /users/7")
    expect(stderr).toMatch(/so far, in spin .*\n {2}while serving GET \/users\/7\n/)
    expect(stderr).not.toContain("secret")
  })

  test("of Fastify", async () => {
    const { spun } = await serve("fastify")
    expect(spun?.httpRequest).toBe("GET /users/7")
  })

  test("beside the message that came in it", async () => {
    const { spun, stderr } = await serve("message")
    expect(spun).toMatchObject({ request: "example.Echo.split", httpRequest: "GET /rpc" })
    expect(stderr).toContain("\n  while serving example.Echo.split (GET /rpc)\n")
  })

  test("and of a message none whose call is over: what its handler left running is on nobody's behalf", async () => {
    const { spun } = await serve("messageOver")
    expect(spun).toBeDefined()
    expect(spun).not.toHaveProperty("request")
  })

  test.for([
    { way: "after", end: "its response is finished" },
    { way: "aborted", end: "its client is gone" },
  ])("until $end: what it has started is on nobody's behalf then", async ({ way }) => {
    const { spun } = await serve(way)
    expect(spun).toBeDefined()
    expect(spun).not.toHaveProperty("httpRequest")
  })

  test("cut, if it is long", async () => {
    const { spun } = await serve("longPath")
    expect(spun?.httpRequest).toBe(`GET /${"y".repeat(199)}…`)
  })

  test("only where that is asked for", async () => {
    const { spun } = await serve("http", { HTTP_REQUESTS: "0" })
    expect(spun).toBeDefined()
    expect(spun).not.toHaveProperty("httpRequest")
  })
})

describe("a block tells the program's own contexts", () => {
  test("a text as it is, and of a Map or an object what is directly in it", async () => {
    const { spun, stderr } = await serve("contexts")
    expect(spun?.contexts).toEqual({ tenant: "acme", "session.id": "7", "session.user": "ada" })
    expect(stderr).toContain("\n  tenant: acme\n  session.id: 7\n  session.user: ada\n")
  })

  test("without running anything of theirs, and no more than fits", async () => {
    const { spun, stderr, code } = await serve("hostile")
    expect(code).toBe(0)
    expect(spun?.contexts?.["tenant"]).toBe(`\u001b[2J${"x".repeat(196)}…`)
    expect(stderr).not.toContain("\u001b")
    expect(Object.keys(spun?.contexts ?? {})).toHaveLength(14) // of 16, three cannot be told, and one is the tenant
    expect(spun?.contexts?.["session.part3"]).toBe(`${"z".repeat(200)}…`)
  })

  test.for([undefined, {}, "acme"])("refuses %j for a storage", (storage) => {
    const contexts = { tenant: storage as unknown as AsyncLocalStorage<unknown> }
    expect(() => watchEventLoop({ contexts })).toThrow(
      expect.objectContaining({
        code: "ERR_WATCHDOG_OPTION",
        message:
          "contexts.tenant is no AsyncLocalStorage; give the storage itself, as in { tenant: storage }",
      }),
    )
  })
})

/** `spun` is the block in which it spun: on an overloaded machine there may be others. */
async function serve(way: string, environment: NodeJS.ProcessEnv = {}): Promise<Ended & { spun?: Block }> {
  const ended = await run([compiled("fixtures/serves.js"), way], environment).ended
  const spun = ended.blocks.find(({ stack }) => stack.includes("at spin "))
  return { ...ended, ...(spun && { spun }) }
}
