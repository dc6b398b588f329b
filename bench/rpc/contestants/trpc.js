// @ts-check
// tRPC on its standalone server, called with undici's fetch: a request for each call, or for all of one turn
// of the event loop. Nothing is validated, as if both sides trusted each other's types.

import { createServer } from "node:http"
import { createTRPCClient, httpBatchLink, httpLink } from "@trpc/client"
import { initTRPC } from "@trpc/server"
import { createHTTPHandler } from "@trpc/server/adapters/standalone"
import { fetch, Pool } from "undici"
import { fail } from "../contestants.js"
import { orders, queries } from "../workload.js"
import { CONNECTIONS, HOST, KEEP_ALIVE, listen } from "./listen.js"

/** @typedef {import("../contestants.js").Setting} Setting */

export async function serve() {
  const { procedure, router } = initTRPC.create()
  const bench = router({
    echo: procedure.input((input) => input).mutation(({ input }) => input),
    order: procedure.input((input) => input).mutation(({ input }) => input),
  })
  return listen(createServer(KEEP_ALIVE, createHTTPHandler({ router: bench, maxBatchSize: CONNECTIONS })))
}

/** @param {number} port @param {Setting} setting @returns {Promise<import("../contestants.js").Caller>} */
export async function connect(port, { variant }) {
  const dispatcher = new Pool(`http://${HOST}:${port}`, { connections: CONNECTIONS })
  const link = variant === "batched" ? httpBatchLink : httpLink
  /** Its type would come from the server's, which is in another process. @type {any} */
  const client = createTRPCClient({
    links: [
      link({
        url: `http://${HOST}:${port}`,
        fetch: (/** @type {any} */ url, /** @type {any} */ init) =>
          /** @type {any} */ (fetch(url, { ...init, dispatcher })),
      }),
    ],
  })
  return {
    calls: {
      echo: (index, done) => client.echo.mutate(queries[index % queries.length]).then(done, fail),
      order: (index, done) => client.order.mutate(orders[index % orders.length]).then(done, fail),
    },
    answers: { echo: queries, order: orders },
  }
}
