// A web of ten hosts on this machine, each of which takes 100 ms for a page:
//
//   node site.js [pages per host] [millis per page]
//
// Prints where it begins. Ends with its parent: when its standard input does.

import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const HOSTS = 10
const PARAGRAPHS = 20
const LONG_WORD_CHARS = 26

const [pagesPerHost, millisPerPage] = [Number(process.argv[2] ?? 3), Number(process.argv[3] ?? 100)]
const origins: string[] = []
for (let host = 0; host < HOSTS; host++) origins.push(await startHost(host))
console.log(`${origins[0]}/0`)
process.stdin.resume().on("end", () => process.exit())

/** The first page of the first host leads to the first of all, and each page to the next of its host. */
async function startHost(host: number): Promise<string> {
  const server = createServer((request, response) => {
    const path = request.url ?? "/"
    if (path === "/robots.txt") {
      response.end("User-agent: *\nDisallow: /private\n")
      return
    }
    const page = Number(path.slice(1))
    const next = page + 1 < pagesPerHost ? [`/${page + 1}`] : ["/private"]
    const others = host === 0 && page === 0 ? origins.slice(1).map((origin) => `${origin}/0`) : []
    response.setHeader("content-type", "text/html; charset=utf-8")
    setTimeout(() => response.end(html(host, page, [...next, ...others])), millisPerPage)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function html(host: number, page: number, links: readonly string[]): string {
  const title = `Host ${host}, page ${page}`
  const list = links.map((link) => `<li><a href="${link}">${link}</a></li>`).join("")
  const isOdd = host === 5 && page === 1 // see slow-parser.ts
  const text = isOdd ? `<p>${"z".repeat(LONG_WORD_CHARS)}!</p>` : "<p>Small services talk.</p>"
  return `<!doctype html><title>${title}</title><h1>${title}</h1><ul>${list}</ul>${text.repeat(isOdd ? 1 : PARAGRAPHS)}`
}
