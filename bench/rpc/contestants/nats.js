// @ts-check
// NATS: ours, and bytes there and back with the client's own `request`, which is what people use. The broker is
// `nats-server`; the server's process starts it, and its CPU is not counted.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect as connectNats } from "@nats-io/transport-node"
import { moduleOf } from "../builds.js"
import { fail } from "../contestants.js"
import { freePort, HOST } from "./listen.js"
import { callThrough, serviceOf } from "./ours.js"
import { messageRequests } from "./requests.js"

/** @typedef {import("../contestants.js").Setting} Setting */

const SUBJECT = "bench"
const OPTIONS = { timeout: 10_000 }

/** @param {Setting} setting */
export async function serve({ builds, variant }) {
  const port = await startBroker()
  const connection = await connectNats({ servers: `${HOST}:${port}` })
  if (variant === "request") {
    connection.subscribe(SUBJECT, { callback: (_error, message) => void message.respond(message.data) })
    await connection.flush()
  } else {
    const { serveNats } = await importNats(builds)
    await serveNats(connection, await serviceOf(builds), { subject: SUBJECT })
    if (variant === "discovered") await askForStats(port)
  }
  return { port }
}

/** @param {number} port @param {Setting} setting */
export async function connect(port, { builds, variant }) {
  const connection = await connectNats({ servers: `${HOST}:${port}` })
  if (variant !== "request") {
    const { natsTransport } = await importNats(builds)
    return callThrough(natsTransport(connection, { subject: SUBJECT }), builds)
  }
  const callOf =
    (/** @type {Buffer[]} */ requests) =>
    /** @type {import("../contestants.js").Call} */
    (index, done) => {
      const request = /** @type {Buffer} */ (requests[index % requests.length])
      connection.request(SUBJECT, request, OPTIONS).then(({ data }) => done(data), fail)
    }
  return {
    calls: { echo: callOf(messageRequests.echo), order: callOf(messageRequests.order) },
    answers: messageRequests,
  }
}

const ASK_MILLIS = 10

/** Asks for figures, as a console would that is in a hurry. @param {number} port */
async function askForStats(port) {
  const connection = await connectNats({ servers: `${HOST}:${port}` })
  const inbox = "bench.stats"
  connection.subscribe(inbox, { callback: () => {} })
  setInterval(() => connection.publish("$SRV.STATS", "", { reply: inbox }), ASK_MILLIS)
}

/** Ends with this process. */
async function startBroker() {
  const port = await freePort()
  const broker = spawn("nats-server", ["--addr", HOST, "--port", String(port)], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  broker.on("error", fail)
  process.on("exit", () => broker.kill())
  let log = ""
  while (!log.includes("Server is ready")) log += String((await once(broker.stderr, "data"))[0])
  broker.stderr.resume()
  return port
}

/** @param {string} builds @returns {Promise<typeof import("@avrolet/nats")>} */
const importNats = (builds) => import(moduleOf(builds, "nats/dist/index.js"))
