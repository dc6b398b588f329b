// @ts-check
// grpc-js, with protobufjs, which makes code for its messages.

import { credentials, makeGenericClientConstructor, Server, ServerCredentials } from "@grpc/grpc-js"
import { fail } from "../contestants.js"
import { orders, queries } from "../workload.js"
import { HOST } from "./listen.js"
import { plainOrder, protoOrders, root } from "./protobuf.js"

const definition = { echo: methodOf("echo", "bench.Echo"), order: methodOf("order", "bench.Order") }

/** @param {string} name @param {string} typeName Of the request and of the response. */
function methodOf(name, typeName) {
  const type = root.lookupType(typeName)
  const serialize = (/** @type {object} */ value) => Buffer.from(type.encode(value).finish())
  const deserialize = (/** @type {Buffer} */ bytes) => type.decode(bytes)
  return {
    path: `/bench.Bench/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  }
}

export async function serve() {
  const server = new Server()
  server.addService(definition, {
    echo: (/** @type {any} */ { request }, /** @type {any} */ done) => done(null, { query: request.query }),
    order: (/** @type {any} */ { request }, /** @type {any} */ done) => done(null, request),
  })
  const insecure = ServerCredentials.createInsecure()
  const port = await new Promise((resolve, reject) => {
    server.bindAsync(`${HOST}:0`, insecure, (error, bound) => (error ? reject(error) : resolve(bound)))
  })
  return { port }
}

/** @param {number} port @returns {Promise<import("../contestants.js").Caller>} */
export async function connect(port) {
  const Client = makeGenericClientConstructor(definition, "Bench")
  /** @type {any} */
  const client = new Client(`${HOST}:${port}`, credentials.createInsecure())
  const echoes = queries.map((query) => ({ query }))
  const callOf =
    (/** @type {"echo" | "order"} */ method, /** @type {readonly unknown[]} */ values) =>
    /** @type {import("../contestants.js").Call} */
    (index, done) => {
      client[method](
        values[index % values.length],
        (/** @type {unknown} */ error, /** @type {unknown} */ answer) => {
          if (error) fail(error)
          done(answer)
        },
      )
    }
  return {
    calls: { echo: callOf("echo", echoes), order: callOf("order", protoOrders) },
    answers: { echo: queries, order: orders },
    plain: (answer, message) => (message === "echo" ? answer.query : plainOrder(answer)),
  }
}
