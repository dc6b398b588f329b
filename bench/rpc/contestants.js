// @ts-check
// Who takes part. Each is a module that serves and calls; several share one and differ in `variant`.

/** @typedef {import("./workload.js").Message} Message */

/**
 * Makes a call with one of the values and calls back with the answer. What goes wrong ends the process.
 * @typedef {(index: number, done: (answer: any) => void) => void} Call
 */

/**
 * @typedef {object} Setting
 * @property {string} builds Where our packages are; see builds.js.
 * @property {string | undefined} variant
 */

/**
 * @typedef {object} Served
 * @property {number} port
 * @property {() => Promise<number>} [cpuMicros] Of the server's process, where that is another one.
 */

/**
 * @typedef {object} Caller
 * @property {Record<Message, Call>} calls
 * @property {Record<Message, readonly unknown[]>} answers What the calls answer, as `plain` makes it.
 * @property {(answer: any, message: Message) => unknown} [plain] Makes an answer comparable.
 */

/**
 * @typedef {object} ContestantModule
 * @property {(setting: Setting) => Promise<Served>} serve
 * @property {(port: number, setting: Setting) => Promise<Caller>} connect
 */

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} title
 * @property {string} module
 * @property {string} [variant]
 * @property {boolean} [always] Whether it takes part whoever else does: others are compared with it.
 * @property {boolean} [tcp]
 * @property {string} [watches] The contestant that this is, but for being watched: what that costs is told.
 */

/** @type {readonly Contestant[]} */
export const contestants = [
  { name: "raw-http", title: "raw HTTP", module: "raw-http.js", always: true },
  { name: "raw-http-again", title: "raw HTTP again", module: "raw-http.js", always: true },
  { name: "http", title: "**ours, HTTP**", module: "ours.js", variant: "http" },
  {
    name: "http-pipelined",
    title: "**ours, HTTP, pipelined**",
    module: "ours.js",
    variant: "http-pipelined",
  },
  { name: "fastify", title: "fastify, JSON", module: "fastify.js" },
  { name: "avsc-http", title: "avsc, HTTP", module: "avsc.js", variant: "http" },
  { name: "eventlet", title: "Eventlet, `avro.ipc`", module: "eventlet.js" },
  { name: "grpc", title: "grpc-js", module: "grpc.js" },
  { name: "connect-h1", title: "connect, HTTP/1.1", module: "connect.js", variant: "1.1" },
  { name: "connect-h2", title: "connect, HTTP/2", module: "connect.js", variant: "2" },
  { name: "trpc", title: "tRPC", module: "trpc.js", variant: "single" },
  { name: "trpc-batch", title: "tRPC, batched", module: "trpc.js", variant: "batched" },
  { name: "raw-tcp", title: "raw TCP", module: "raw-tcp.js", variant: "early", always: true, tcp: true },
  { name: "raw-tcp-each", title: "raw TCP, each written", module: "raw-tcp.js", variant: "each", tcp: true },
  { name: "tcp", title: "**ours, TCP**", module: "ours.js", variant: "tcp", tcp: true },
  {
    name: "tcp-retries",
    title: "**ours, TCP, `retries`**",
    module: "ours.js",
    variant: "tcp retries",
    tcp: true,
  },
  {
    name: "tcp-balanced",
    title: "**ours, TCP, balanced**",
    module: "ours.js",
    variant: "tcp balanced",
    tcp: true,
  },
  { name: "avsc-tcp", title: "avsc, TCP", module: "avsc.js", variant: "tcp", tcp: true },
  { name: "nats", title: "**ours, NATS**", module: "nats.js" },
  { name: "nats-by-hand", title: "NATS, bytes by hand", module: "nats.js", variant: "by-hand" },
  { name: "nats-request", title: "NATS, `request`", module: "nats.js", variant: "request" },
  { name: "nats-request-again", title: "NATS, `request` again", module: "nats.js", variant: "request" },
  { name: "tcp-again", title: "TCP again", module: "ours.js", variant: "tcp", watches: "tcp" },
  { name: "tcp-stats", title: "TCP, `watchCalls`", module: "ours.js", variant: "tcp stats", watches: "tcp" },
  {
    name: "tcp-otel-noop",
    title: "TCP, OpenTelemetry without an SDK",
    module: "ours.js",
    variant: "tcp otel-noop",
    watches: "tcp",
  },
  {
    name: "tcp-otel-memory",
    title: "TCP, OpenTelemetry into memory",
    module: "ours.js",
    variant: "tcp otel-memory",
    watches: "tcp",
  },
  { name: "nats-again", title: "NATS again", module: "nats.js", watches: "nats" },
  {
    name: "nats-discovered",
    title: "NATS, asked for STATS 100 times a second",
    module: "nats.js",
    variant: "discovered",
    watches: "nats",
  },
]

/** @param {string} name */
export function contestantOf(name) {
  const contestant = contestants.find((one) => one.name === name)
  if (contestant === undefined) {
    throw new Error(`no contestant "${name}"; there are: ${contestants.map((one) => one.name).join(", ")}`)
  }
  return contestant
}

/** @param {Contestant} contestant @returns {Promise<ContestantModule>} */
export async function loadContestant({ module }) {
  return import(`./contestants/${module}`)
}

/**
 * What an error does here: a call that fails is no call to time.
 * @param {unknown} error
 * @returns {never}
 */
export function fail(error) {
  console.error(error)
  process.exit(1)
}
