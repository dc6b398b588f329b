// @ts-check
// avsc 5's services, over HTTP and over TCP. Its calls have a deadline of ten seconds by default.

import { once } from "node:events"
import { Agent, createServer, request } from "node:http"
import { connect as connectSocket, createServer as createTcpServer } from "node:net"
import avsc from "avsc"
import { fail } from "../contestants.js"
import { orders, protocol, queries } from "../workload.js"
import { CONNECTIONS, HOST, KEEP_ALIVE, listen } from "./listen.js"

/** @typedef {import("../contestants.js").Setting} Setting */

/** avsc's types know nothing of the messages of a protocol. @type {any} */
const service = avsc.Service.forProtocol(protocol)

/** @param {Setting} setting */
export async function serve({ variant }) {
  const server = service
    .createServer({ silent: true })
    .onEcho((/** @type {string} */ query, /** @type {any} */ done) => done(null, query))
    .onOrder((/** @type {object} */ order, /** @type {any} */ done) => done(null, order))
  if (variant === "tcp") {
    return listen(
      createTcpServer({ noDelay: true }, (socket) => {
        socket.on("error", () => {}) // the client is gone, and the run with it
        server.createChannel(socket)
      }),
    )
  }
  return listen(
    createServer(KEEP_ALIVE, (incoming, response) => {
      server.createChannel((/** @type {any} */ answer) => {
        answer(null, response)
        return incoming
      })
    }),
  )
}

/** @param {number} port @param {Setting} setting @returns {Promise<import("../contestants.js").Caller>} */
export async function connect(port, { variant }) {
  const client = service.createClient()
  client.createChannel(await transportTo(port, variant))
  // The first call alone: those that wait for the handshake each add a listener, and Node warns of a leak.
  await new Promise((resolve) => client.echo("", resolve))
  const callOf =
    (/** @type {"echo" | "order"} */ message, /** @type {readonly unknown[]} */ values) =>
    /** @type {import("../contestants.js").Call} */
    (index, done) => {
      client[message](
        values[index % values.length],
        (/** @type {unknown} */ error, /** @type {unknown} */ answer) => {
          if (error) fail(error)
          done(answer)
        },
      )
    }
  return {
    calls: { echo: callOf("echo", queries), order: callOf("order", orders) },
    answers: { echo: queries, order: orders },
  }
}

/** @param {number} port @param {string | undefined} variant */
async function transportTo(port, variant) {
  if (variant === "tcp") {
    const socket = connectSocket({ port, host: HOST, noDelay: true })
    await once(socket, "connect")
    return socket
  }
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const head = { host: HOST, port, method: "POST", agent, headers: { "content-type": "avro/binary" } }
  return (/** @type {any} */ answer) =>
    request(head)
      .on("response", (response) => answer(null, response))
      .on("error", fail)
}
