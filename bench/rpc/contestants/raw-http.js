// @ts-check
// The limit of HTTP: bytes there and back with node:http and undici's lowest interface. No codec, no promise.

import { createServer } from "node:http"
import { Pool } from "undici"
import { fail } from "../contestants.js"
import { CONNECTIONS, HOST, KEEP_ALIVE, listen } from "./listen.js"
import { httpRequests } from "./requests.js"

/** @typedef {import("../contestants.js").Call} Call */

export function serve() {
  const server = createServer(KEEP_ALIVE, (request, response) => {
    const body = collect()
    request.on("data", (chunk) => body.push(chunk))
    request.on("end", () => {
      const bytes = body.finish()
      response.writeHead(200, ["content-type", "avro/binary", "content-length", String(bytes.length)])
      response.end(bytes)
    })
  })
  return listen(server)
}

/** @param {number} port */
export async function connect(port) {
  const pool = new Pool(`http://${HOST}:${port}`, { connections: CONNECTIONS })
  const headers = ["content-type", "avro/binary"]
  const callOf =
    (/** @type {Buffer[]} */ requests) =>
    /** @type {Call} */
    (index, done) => {
      const answer = collect()
      const body = requests[index % requests.length] ?? null
      pool.dispatch(
        { path: "/", method: "POST", headers, body },
        // The callbacks of old, which undici calls as they are: those of now it wraps for every request.
        {
          onConnect() {},
          onHeaders: () => true,
          onData(chunk) {
            answer.push(chunk)
            return true
          },
          onComplete: () => done(answer.finish()),
          onError: fail,
        },
      )
    }
  return {
    calls: { echo: callOf(httpRequests.echo), order: callOf(httpRequests.order) },
    answers: httpRequests,
  }
}

/** A body, which nearly always comes in one piece. */
function collect() {
  /** @type {Buffer | undefined} */
  let whole
  return {
    push(/** @type {Buffer} */ chunk) {
      whole = whole === undefined ? chunk : Buffer.concat([whole, chunk])
    },
    finish: () => whole ?? Buffer.alloc(0),
  }
}
