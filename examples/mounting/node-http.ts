// The service in a server of Node's own, at /api/echo, beside a route of JSON.
//
//   npm run build && node examples/dist/mounting/node-http.js
//   npx avrolet call http://127.0.0.1:8080/api/echo split '{"query":"a b"}'

import { createServer } from "node:http"
import { httpHandler } from "@avrolet/rpc/http"
import { echo } from "../echo/service.ts"

const serveEcho = httpHandler(echo)

const server = createServer((request, response) => {
  if (request.url === "/api/echo") serveEcho(request, response)
  else if (request.url === "/json") request.pipe(response)
  else response.writeHead(404).end()
})
const port = Number(process.env["PORT"] ?? 8080)
server.listen(port, "127.0.0.1")
console.log(`Echo is at http://127.0.0.1:${port}/api/echo`)
