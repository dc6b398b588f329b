// @ts-check
// Receives what Sentry's integrations send, in Sentry's place.

import { once } from "node:events"
import { createServer } from "node:http"
import { buffer } from "node:stream/consumers"
import { gunzipSync } from "node:zlib"

/** @typedef {import("./peers/told.js").PeerReport} PeerReport */

/** A server on loopback, with the address to send to and the reports that have come. */
export async function startIngest() {
  /** @type {PeerReport[]} */
  const reports = []
  const server = createServer((request, response) => {
    const atMillis = Number(process.hrtime.bigint()) / 1e6
    void buffer(request).then((body) => {
      const text = (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString()
      for (const line of text.split("\n")) reports.push(...reportsIn(line, atMillis))
      response.end("{}")
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" ? address?.port : undefined
  return {
    dsn: `http://key@127.0.0.1:${port}/1`,
    reports,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/**
 * @param {string} line One of an envelope.
 * @param {number} atMillis
 * @returns {PeerReport[]}
 */
function reportsIn(line, atMillis) {
  if (!line.includes('"exception"')) return []
  return JSON.parse(line).exception.values.map(
    (/** @type {{ stacktrace?: { frames?: SentryFrame[] } }} */ { stacktrace }) => ({
      atMillis,
      frames: stacktrace?.frames?.toReversed().map((frame) => ({
        name: frame.function ?? "",
        file: frame.filename ?? "",
        line: frame.lineno ?? 0,
        column: frame.colno ?? 1,
      })),
    }),
  )
}

/** @typedef {{ function?: string, filename?: string, lineno?: number, colno?: number }} SentryFrame */
