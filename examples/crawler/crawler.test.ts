import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { fileURLToPath } from "node:url"
import { createContainerWriter, readContainer } from "@avrolet/avro/container"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type CrawlOptions, crawl } from "./crawl.ts"
import { parseLinks } from "./links.ts"
import { Page } from "./page.ts"

const CRAWLER = fileURLToPath(new URL("../dist/crawler/crawler.js", import.meta.url))

type Route = (response: ServerResponse, request: IncomingMessage) => void

let routes: Record<string, Route>
let asked: string[]
let site: Awaited<ReturnType<typeof startSite>>
let folder: string
beforeEach(async () => {
  routes = {}
  asked = []
  site = await startSite()
  folder = mkdtempSync(join(tmpdir(), "crawler-test-"))
})
afterEach(() => {
  site.close()
  rmSync(folder, { recursive: true, force: true })
})

describe("crawl", () => {
  test("fetches each page once, whatever leads to it, and keeps its title and its links", async () => {
    routes = {
      "/": page("Start", "/a", "/b#part", "/a"),
      "/a": page("A", "/", "b"),
      "/b": page(
        "B",
        "https://elsewhere.example/",
        "mailto:x@example.org",
        "javascript:alert(1)",
        "http://[",
      ),
    }
    const pages = await crawlAll()
    expect(pages.map(({ url, title }) => [url, title])).toEqual([
      [site.at("/"), "Start"],
      [site.at("/a"), "A"],
      [site.at("/b"), "B"],
    ])
    expect(pages[2]?.links).toEqual(["https://elsewhere.example/"])
    expect(asked.toSorted()).toEqual(["/", "/a", "/b", "/robots.txt"])
  })

  test("asks one host for one page at a time, and waits between two as long as robots.txt says", async () => {
    let open = 0
    let most = 0
    const times: number[] = []
    const slow: Route = (response) => {
      most = Math.max(most, ++open)
      times.push(performance.now())
      setTimeout(() => {
        open--
        page("x")(response, {} as IncomingMessage)
      }, 20)
    }
    routes = {
      "/robots.txt": plain("User-agent: *\nCrawl-delay: 0.2"),
      "/": page("Start", "/1", "/2"),
      "/1": slow,
      "/2": slow,
    }
    await crawlAll()
    expect(most).toBe(1)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(150)
  })

  test("does not ask for what robots.txt forbids, and says so", async () => {
    routes = {
      "/robots.txt": plain("User-agent: avrolet-crawler\nDisallow: /private"),
      "/": page("Start", "/private/1", "/open"),
      "/open": page("Open"),
    }
    const { pages, progress } = await crawlWith({})
    expect(pages).toHaveLength(2)
    expect(progress.disallowed).toBe(1)
    expect(asked).not.toContain("/private/1")
  })

  test("asks a host for nothing whose robots.txt cannot be had", async () => {
    routes = { "/robots.txt": (response) => response.writeHead(503).end(), "/": page("Start") }
    const { progress } = await crawlWith({})
    expect([...progress.failures.values()]).toEqual([expect.stringMatching(/robots\.txt answers 503$/)])
    expect(asked).toEqual(["/robots.txt"])
  })

  test.for<[name: string, route: Route, reason: RegExp]>([
    ["never ends", endless, /larger than 20000 bytes/],
    ["comes in drips", drips, /timeout|aborted/i],
    ["says nothing", () => {}, /timeout|aborted/i],
    ["is cut off", (response) => cutOff(response), /terminated|closed|socket/i],
  ])("gives up a page that %s, tells why, and goes on", async ([, route, reason]) => {
    routes = { "/": page("Start", "/bad", "/good"), "/bad": route, "/good": page("Good") }
    const { pages, progress } = await crawlWith({ maxPageBytes: 20_000, pageMillis: 300 })
    expect(pages.map(({ title }) => title)).toEqual(["Start", "Good"])
    expect([...progress.failures]).toEqual([[site.at("/bad"), expect.stringMatching(reason)]])
  })

  test("ends though redirects lead in a circle", async () => {
    routes = { "/": page("Start", "/a"), "/a": redirect("/b"), "/b": redirect("/a") }
    const pages = await crawlAll()
    expect(pages.map(({ url, status }) => [url, status])).toEqual([
      [site.at("/"), 200],
      [site.at("/a"), 302],
      [site.at("/b"), 302],
    ])
  })

  test("leaves a host alone that died, and goes on with the others", async () => {
    const other = await startSite()
    routes = { "/": page("Start", ...[1, 2, 3, 4, 5].map((number) => other.at(`/${number}`)), "/alive") }
    routes["/alive"] = page("Alive")
    const dead = other.at("")
    other.close()
    const { pages, progress } = await crawlWith({})
    expect(pages.map(({ title }) => title)).toEqual(["Start", "Alive"])
    expect(progress.failures.size).toBe(5)
    expect([...progress.failures.keys()].every((url) => url.startsWith(dead))).toBe(true)
  })

  test("stops at as many pages as it may fetch, though every page leads to two more", async () => {
    routes = { "*": (response, { url }) => page("x", `${url}1`, `${url}2`)(response, {} as IncomingMessage) }
    expect(await crawlWith({ maxPages: 25 })).toMatchObject({ progress: { fetched: 25, waiting: 0 } })
  })

  test("ends with what keeping a page failed with: a disk that is full", async () => {
    routes = { "*": (response, { url }) => page("x", `${url}1`)(response, {} as IncomingMessage) }
    const keep = async (fetched: Page): Promise<void> => {
      const writer = await createContainerWriter(Page, "/dev/full")
      await writer.write(fetched)
      await writer.flush()
    }
    await expect(crawl({ start: site.at("/"), keep })).rejects.toMatchObject({ code: "ENOSPC" })
    expect(asked.length).toBeLessThan(4)
  })
})

describe("links", () => {
  test("are relative to the page's base, and not to be followed where the page says so", () => {
    const html =
      '<base href="/docs/"><a href=a>a</a><a rel="noopener nofollow" href=b>b</a><a>c</a><title>T &amp; U'
    expect(parseLinks(html, "http://x.example/y")).toEqual({
      title: "T & U",
      links: ["http://x.example/docs/a"],
    })
  })

  test("are bounded, and so are a title and an address", () => {
    const many = Array.from({ length: 5000 }, (_, index) => `<a href="/${index}">`).join("")
    const { title, links } = parseLinks(
      `<title>${"t".repeat(9999)}</title><a href="${"u".repeat(9999)}">${many}`,
      "http://x/",
    )
    expect(title).toHaveLength(300)
    expect(links).toHaveLength(1000)
  })
})

describe("the command", () => {
  test("prints how long one task takes, and ten at once, which is several times as fast", async () => {
    const { stdout, stderr, exitCode } = await run()
    expect(exitCode, stderr).toBe(0)
    const figures = [
      ...stdout.matchAll(/^ +(\d+) at once: 30 pages in (\d+) ms, 10 forbidden by robots\.txt$/gm),
    ]
    expect(figures.map(([, atOnce]) => atOnce)).toEqual(["1", "10"])
    const [one = 0, ten = 0] = figures.map(([, , millis]) => Number(millis))
    expect(one).toBeGreaterThanOrEqual(3000)
    expect(one / ten).toBeGreaterThan(3)
  })

  test("with --block has the watchdog name the line of the parser", async () => {
    const { stderr } = await run("--block")
    expect(stderr).toMatch(
      /event loop blocked for .* in parseSlowly .*examples\/crawler\/slow-parser\.ts:\d+/,
    )
  })

  test.for<NodeJS.Signals>(["SIGINT", "SIGKILL"])(
    "after %s goes on with its file, and fetches nothing twice that is in it",
    async (signal) => {
      routes = {
        "*": (response, { url }) => {
          const number = Number(url?.slice(1))
          setTimeout(
            () =>
              page(`Page ${number}`, ...(number < 12 ? [`/${number + 1}`] : []))(
                response,
                {} as IncomingMessage,
              ),
            20,
          )
        },
      }
      const path = join(folder, "pages.avro")
      const first = start(site.at("/0"), "--out", path)
      while (asked.length < 6) await new Promise((resolve) => setTimeout(resolve, 5))
      first.child.kill(signal)
      const { stderr: farewell } = await first.ended
      if (signal === "SIGINT") expect(farewell).toContain("Interrupted. The same command goes on.\n")
      const inFile = await urlsIn(path)
      const askedBefore = asked.splice(0)
      expect(inFile.length).toBeLessThan(13)

      const { exitCode, stderr } = await start(site.at("/0"), "--out", path).ended
      expect(exitCode, stderr).toBe(0)
      expect(await urlsIn(path)).toEqual(Array.from({ length: 13 }, (_, number) => site.at(`/${number}`)))
      expect(asked.filter((url) => inFile.includes(site.at(url)))).toEqual([])
      expect(askedBefore.length + asked.length).toBeLessThanOrEqual(13 + 1 + 2) // what was under way is asked for again, and robots.txt
    },
  )

  test("goes on with a file whose last page was not written whole", async () => {
    routes = { "/": page("Start", "/a"), "/a": page("A") }
    const path = join(folder, "pages.avro")
    await start(site.at("/"), "--out", path).ended
    truncateSync(path, statSync(path).size - 5)
    asked = []
    const { exitCode, stderr } = await start(site.at("/"), "--out", path).ended
    expect(exitCode, stderr).toBe(0)
    expect(await urlsIn(path)).toEqual([site.at("/"), site.at("/a")])
    expect(asked).toEqual(["/robots.txt", "/a"])
  })

  test("leaves a file alone that is something else", async () => {
    const path = join(folder, "notes.txt")
    writeFileSync(path, "not to be lost")
    const { exitCode, stderr } = await start(site.at("/"), "--out", path).ended
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^[^\n]*container[^\n]*\n$/)
    expect(readFileSync(path, "utf8")).toBe("not to be lost")
  })

  test.for<[args: string[], complaint: RegExp]>([
    [["ftp://x.example/"], /^Not an http or https URL: ftp:\/\/x\.example\/\n$/],
    [["http://x.example/", "--at-once", "0"], /^--at-once takes a number from 1 on, got 0\n$/],
    [["--nonsense"], /nonsense/],
  ])("says what is wrong with %j", async ([args, complaint]) => {
    expect(await run(...args)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(complaint) })
  })
})

/** A host of `routes`; what it was asked for is in `asked`. */
async function startSite() {
  const server = createServer((request, response) => {
    const path = request.url ?? ""
    asked.push(path)
    const route = routes[path] ?? (path === "/robots.txt" ? undefined : routes["*"])
    if (route === undefined) response.writeHead(404).end()
    else route(response, request)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = (): void => {
    server.close()
    server.closeAllConnections()
  }
  return { at: (path: string) => origin + path, close }
}

const page =
  (title: string, ...links: string[]): Route =>
  (response) => {
    response.setHeader("content-type", "text/html")
    response.end(`<title>${title}</title>${links.map((link) => `<a href="${link}">x</a>`).join("")}`)
  }

const plain =
  (content: string): Route =>
  (response) =>
    response.end(content)

const redirect =
  (to: string): Route =>
  (response) =>
    response.writeHead(302, { location: to }).end()

function endless(response: ServerResponse): void {
  response.setHeader("content-type", "text/html")
  const more = (): void => {
    while (!response.destroyed && response.write("<p>and so on</p>"));
  }
  response.on("drain", more)
  more()
}

function drips(response: ServerResponse): void {
  response.setHeader("content-type", "text/html")
  const timer = setInterval(() => response.write(" "), 20)
  response.on("close", () => clearInterval(timer))
}

function cutOff(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/html", "content-length": 1000 })
  response.write("<p>", () => response.socket?.destroy())
}

async function crawlWith(options: Partial<CrawlOptions>) {
  const pages: Page[] = []
  const keep = async (fetched: Page): Promise<void> => void pages.push(fetched)
  const progress = await crawl({ start: site.at("/"), keep, ...options })
  return { pages, progress }
}

async function crawlAll(): Promise<Page[]> {
  const { pages, progress } = await crawlWith({})
  expect([...progress.failures]).toEqual([])
  return pages
}

async function urlsIn(path: string): Promise<string[]> {
  const urls: string[] = []
  for await (const { url } of readContainer(Page)(path)) urls.push(url)
  return urls
}

function start(...args: string[]) {
  const child = spawn(process.execPath, [CRAWLER, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: folder,
  })
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]).then(
    ([stdout, stderr]) => ({ stdout, stderr, exitCode: child.exitCode }),
  )
  return { child, ended }
}

const run = (...args: string[]) => start(...args).ended
