// @ts-check
// connect-node with its binary format, over HTTP/1.1 and HTTP/2. Its messages come from a descriptor, which
// is made here of what protobufjs read: there is no step that generates code. Nothing is compressed.

import { Agent, createServer } from "node:http"
import { createServer as createHttp2Server } from "node:http2"
import { create, createFileRegistry } from "@bufbuild/protobuf"
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt"
import { createClient } from "@connectrpc/connect"
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node"
import { fail } from "../contestants.js"
import { orders, queries } from "../workload.js"
import { describe } from "./descriptor.js"
import { CONNECTIONS, HOST, KEEP_ALIVE, listen } from "./listen.js"
import { plainOrder, protoOrders, root } from "./protobuf.js"

/** @typedef {import("../contestants.js").Setting} Setting */

const registry = createFileRegistry(
  create(FileDescriptorSetSchema, { file: [describe(root.lookup("bench"), "bench.proto")] }),
)
/** @type {any} */
const Bench = registry.getService("bench.Bench")
/** @type {any} */
const Order = registry.getMessage("bench.Order")

/** @param {Setting} setting */
export function serve({ variant }) {
  const adapter = connectNodeAdapter({
    routes: (router) =>
      router.service(Bench, {
        echo: (/** @type {any} */ { query }) => ({ query }),
        order: (/** @type {any} */ order) => order,
      }),
  })
  return listen(variant === "2" ? createHttp2Server(adapter) : createServer(KEEP_ALIVE, adapter))
}

/** @param {number} port @param {Setting} setting @returns {Promise<import("../contestants.js").Caller>} */
export async function connect(port, { variant }) {
  const base = { baseUrl: `http://${HOST}:${port}`, acceptCompression: [] }
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const transport = createConnectTransport(
    variant === "2" ? { ...base, httpVersion: "2" } : { ...base, httpVersion: "1.1", nodeOptions: { agent } },
  )
  /** @type {any} */
  const client = createClient(Bench, transport)
  const messages = protoOrders.map((order) => create(Order, integersAsBigInts(order)))
  return {
    calls: {
      echo: (index, done) => client.echo({ query: queries[index % queries.length] }).then(done, fail),
      order: (index, done) => client.order(messages[index % messages.length]).then(done, fail),
    },
    answers: { echo: queries, order: orders },
    plain: (answer, message) => (message === "echo" ? answer.query : plainOrder(answer)),
  }
}

/** @param {any} order */
const integersAsBigInts = (order) => ({ ...order, id: BigInt(order.id), placedAt: BigInt(order.placedAt) })
