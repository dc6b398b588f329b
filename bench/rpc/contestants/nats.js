// @ts-check
// NATS: ours, and bytes there and back with the client's own `request`, which is what people use. The broker is
// `nats-server`; the server's process starts it, and its CPU is not counted.
//
//   request  A promise and a time limit for each call; the server answers each message as it comes.
//   by-hand  The limit of NATS's client: plain publishes, answers by a serial under one wildcard, and on both sides
//            what is published in a turn written at its end. No promise, no time limit, nothing random.

import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect as connectNats, createInbox } from "@nats-io/transport-node"
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
  } else if (variant === "by-hand") {
    const publish = gather(connection)
    connection.subscribe(SUBJECT, { callback: (_error, { reply, data }) => publish(reply ?? "", data) })
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
  if (variant !== "request" && variant !== "by-hand") {
    const { natsTransport } = await importNats(builds)
    return callThrough(natsTransport(connection, { subject: SUBJECT }), builds)
  }
  const call = variant === "request" ? request(connection) : callByHand(connection)
  const callOf =
    (/** @type {Buffer[]} */ requests) =>
    /** @type {import("../contestants.js").Call} */
    (index, done) =>
      call(/** @type {Buffer} */ (requests[index % requests.length]), done)
  return {
    calls: { echo: callOf(messageRequests.echo), order: callOf(messageRequests.order) },
    answers: messageRequests,
  }
}

/** @typedef {(request: Buffer, done: (answer: Uint8Array) => void) => void} CallBytes */

/** @param {import("@nats-io/transport-node").NatsConnection} connection @returns {CallBytes} */
function request(connection) {
  return (bytes, done) => {
    connection.request(SUBJECT, bytes, OPTIONS).then(({ data }) => done(data), fail)
  }
}

/** More than there are calls in flight. */
const SLOTS = 1024

/** @param {import("@nats-io/transport-node").NatsConnection} connection @returns {CallBytes} */
function callByHand(connection) {
  const inbox = `${createInbox()}.`
  const publish = gather(connection)
  /** @type {((answer: Uint8Array) => void)[]} */
  const waiting = []
  connection.subscribe(`${inbox}*`, {
    callback: (_error, { subject, data }) => waiting[Number(subject.slice(inbox.length))]?.(data),
  })
  let calls = 0
  return (bytes, done) => {
    const slot = calls++ % SLOTS
    waiting[slot] = done
    publish(SUBJECT, bytes, inbox + slot)
  }
}

/**
 * Publishes at the end of the turn.
 * @param {import("@nats-io/transport-node").NatsConnection} connection
 * @returns {(subject: string, data: Uint8Array, reply?: string) => void}
 */
function gather(connection) {
  /** @type {[subject: string, data: Uint8Array, reply: string | undefined][]} */
  let gathered = []
  const endTurn = () => {
    const messages = gathered
    gathered = []
    for (const [subject, data, reply] of messages)
      connection.publish(subject, data, reply === undefined ? undefined : { reply })
  }
  return (subject, data, reply) => {
    if (gathered.push([subject, data, reply]) === 1) process.nextTick(endTurn)
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
