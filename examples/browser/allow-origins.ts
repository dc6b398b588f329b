// Lets pages of other origins call a service. A browser asks first, with OPTIONS, whether it may send
// `avro/binary`; without these headers it does not, and the service never hears of it.

import type { RequestListener } from "node:http"

export function allowOrigins(origins: readonly string[], handler: RequestListener): RequestListener {
  return (request, response) => {
    const { origin = "" } = request.headers
    response.setHeader("vary", "origin")
    if (origins.includes(origin)) {
      response.setHeader("access-control-allow-origin", origin)
      response.setHeader("access-control-allow-headers", "content-type")
      response.setHeader("access-control-max-age", "7200") // seconds; what Chromium keeps at most
    }
    if (request.method === "OPTIONS") response.writeHead(204).end()
    else handler(request, response)
  }
}
