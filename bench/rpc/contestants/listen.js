// @ts-check
// What the servers over HTTP have in common: a free port of this machine's own, and connections that outlive
// the turns of the others.

import { once } from "node:events"
import { createServer } from "node:net"

export const HOST = "127.0.0.1"
export const KEEP_ALIVE = { keepAliveTimeout: 60_000 }
export const CONNECTIONS = 128

/**
 * @param {import("node:net").Server} server
 * @returns {Promise<import("../contestants.js").Served>}
 */
export async function listen(server) {
  server.listen(0, HOST)
  await once(server, "listening")
  return { port: /** @type {import("node:net").AddressInfo} */ (server.address()).port }
}

/** A port that nobody listens on now. */
export async function freePort() {
  const probe = createServer()
  const { port } = await listen(probe)
  probe.close()
  await once(probe, "close")
  return port
}
