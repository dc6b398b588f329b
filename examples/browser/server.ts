// A page and the service that it calls, each with an origin of its own.
//
//   npm run build && node examples/dist/browser/server.js

import { subscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"
import type { ServedEvent, ServeEvent } from "@avrolet/rpc"
import { httpHandler } from "@avrolet/rpc/http"
import { rolldown } from "rolldown"
import { allowOrigins } from "./allow-origins.ts"
import { search } from "./service.ts"

const page = await listen(Number(process.env["PORT"] ?? 8080))
const service = await listen(0)
service.on("request", allowOrigins([originOf(page)], httpHandler(search)))
page.on("request", pageHandler(originOf(service), await bundle("./page/page.js")))

console.log(`Open ${originOf(page)}; its service is ${originOf(service)}`)
subscribe("avrolet:rpc.serve", (event) => {
  console.log(`${(event as ServeEvent).message}…`)
})
subscribe("avrolet:rpc.served", (event) => {
  const { message, error } = event as ServedEvent
  console.log(`${message}: ${error === undefined ? "answered" : reasonOf(error)}`)
})

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, "127.0.0.1")
  await once(server, "listening")
  return server
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : "something that is no error"
}

/** One script of a module and all that it imports. */
async function bundle(path: string): Promise<string> {
  const bundler = await rolldown({
    input: fileURLToPath(new URL(path, import.meta.url)),
    platform: "browser",
  })
  const { output } = await bundler.generate({ minify: true })
  return output[0].code
}

/** Serves the page and its script, and nothing that makes code of strings: the codec does without it. */
function pageHandler(serviceUrl: string, script: string): RequestListener {
  const html = `<!doctype html>
<title>Search</title>
<script type="module" src="/page.js"></script>
<body data-service="${serviceUrl}"><input placeholder="a module of Node" autofocus> <output></output></body>
`
  return (request, response) => {
    response.setHeader(
      "content-security-policy",
      `default-src 'none'; script-src 'self'; connect-src ${serviceUrl}`,
    )
    if (request.url === "/") response.setHeader("content-type", "text/html; charset=utf-8").end(html)
    else if (request.url === "/page.js") response.setHeader("content-type", "text/javascript").end(script)
    else response.writeHead(404).end()
  }
}
