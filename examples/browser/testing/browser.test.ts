import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer, get, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { startChromium } from "./chromium.ts"

let example: Example

beforeAll(async () => {
  example = await startExample()
})

afterAll(() => {
  example.child.kill()
})

test("the script of a page imports nothing, and is of at most 40 KB when compressed", async () => {
  const script = await (await fetch(`${example.pageUrl}/page.js`)).text()
  expect(script).not.toMatch(/\b(import|require)\b\s*[("'{]/)
  expect(gzipSync(script).length).toBeLessThan(40_000)
})

describe("in Chromium,", () => {
  let browser: Browser | undefined
  let stranger: Server

  beforeAll(async () => {
    stranger = await copyOf(example.pageUrl)
    browser = await startChromium()
  })

  beforeEach(({ skip }) => skip(browser === undefined, "there is none"))

  afterAll(async () => {
    stranger.close()
    await browser?.close()
  })

  /** Opens a page in a profile of its own, and collects what it complains about. */
  async function open(url: string, options: BrowserContextOptions): Promise<Opened> {
    const context = await (browser as Browser).newContext(options)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on("pageerror", (error) => complaints.push(String(error)))
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text())
    })
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ blockedURI }) => {
        console.error(`the policy forbids ${blockedURI}`)
      })
    })
    example.lines.length = 0
    await page.goto(url)
    return { page, complaints }
  }

  // With `bypassCSP` Chromium ignores the page's content security policy, and the codec may emit code.
  describe.for([
    { policy: "forbids eval", bypassCSP: false },
    { policy: "is none", bypassCSP: true },
  ])("a page of another origin whose content security policy $policy", ({ bypassCSP }) => {
    test("calls the service", async () => {
      const { page, complaints } = await open(example.pageUrl, { bypassCSP })
      await page.fill("input", "dns")
      await says(page, "dns dns/promises")
      expect(complaints).toEqual(bypassCSP ? [] : ["the policy forbids eval"])
    })

    test("is told the error that the message declares", async () => {
      const { page } = await open(example.pageUrl, { bypassCSP })
      await page.fill("input", "d")
      await says(page, "at least 2 letters")
    })

    test("stops waiting when the time is over, and the handler is told", async () => {
      const { page } = await open(example.pageUrl, { bypassCSP })
      await page.fill("input", "timers")
      await says(page, "RpcError: No response within 2000 ms")
      await example.prints("search: AbortError: The operation was aborted")
    })

    test("gives up a call for the next, and the handler is told", async () => {
      const { page } = await open(example.pageUrl, { bypassCSP })
      await page.fill("input", "timers")
      await example.prints("search…")
      await page.fill("input", "zlib")
      await says(page, "zlib")
      await example.prints("search: AbortError: The operation was aborted")
    })
  })

  test("a page of an origin that is not allowed calls nothing, and is told what may be the reason", async () => {
    const { page } = await open(originOf(stranger), { bypassCSP: true })
    await page.fill("input", "dns")
    await says(
      page,
      `RpcError: No response from ${example.serviceUrl}: Failed to fetch; or its CORS headers do not allow calls from ${originOf(stranger)}`,
    )
    expect(example.lines).toEqual([])
  })
})

interface Opened {
  readonly page: Page
  readonly complaints: readonly string[]
}

interface Example {
  readonly child: ChildProcess
  readonly pageUrl: string
  readonly serviceUrl: string
  /** What it printed since a page was opened. */
  readonly lines: string[]
  prints(line: string): Promise<void>
}

async function startExample(): Promise<Example> {
  const program = fileURLToPath(new URL("../../dist/browser/server.js", import.meta.url))
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  })
  const output = createInterface({ input: child.stdout })
  const [greeting] = (await once(output, "line")) as [string]
  const [pageUrl = "", serviceUrl = ""] = greeting.match(/http:[^; ]+/g) ?? []
  const lines: string[] = []
  output.on("line", (line: string) => lines.push(line))
  return {
    child,
    pageUrl,
    serviceUrl,
    lines,
    prints: (line) => expect.poll(() => lines, { timeout: 10_000 }).toContain(line),
  }
}

/** The same page and script, served by somebody else. */
async function copyOf(pageUrl: string): Promise<Server> {
  const server = createServer((request, response) => {
    get(new URL(request.url ?? "/", pageUrl), (original) => {
      response.setHeader("content-type", original.headers["content-type"] ?? "text/plain")
      original.pipe(response)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return server
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Waits until the page shows this. */
async function says(page: Page, answer: string): Promise<void> {
  await expect.poll(() => page.textContent("output"), { timeout: 10_000 }).toBe(answer)
}
