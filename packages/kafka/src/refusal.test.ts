// What a broker does that is no broker, or is one no longer. conformance/kafka has real ones.

import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { schema } from "@avrolet/avro"
import { kindOf } from "@avrolet/events"
import { expect, onTestFinished, test } from "vitest"
import { createSchemaRegistry } from "./registry/registry.ts"
import { kafkaSink } from "./sink.ts"

const Pinged = schema({ type: "record", name: "Pinged", fields: [] })

test.for(["PLAIN", "SCRAM-SHA-256"] as const)(
  "a broker that ends while it is told who we are is away, and forbids nothing (%s)",
  async (mechanism) => {
    const failure = await failureAt((socket) => {
      socket.once("data", (request: Buffer) => {
        socket.write(handshakeAnswer(request))
        socket.once("data", () => socket.destroy())
      })
    }, mechanism)
    expect(failure).toMatchObject({
      code: "ERR_EVENTS_UNAVAILABLE",
      message: expect.stringContaining("Connection closed") as string,
    })
  },
)

test("something else that listens there is away", async () => {
  const failure = await failureAt((socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  )
  expect(failure).toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
})

test.for([
  { name: "at once", handshake: false, sasl: undefined },
  { name: "before it is told who we are", handshake: false, sasl: "PLAIN" as const },
  { name: "when it is told who we are", handshake: true, sasl: "SCRAM-SHA-256" as const },
])("a broker that falls silent $name is away", async ({ handshake, sasl }) => {
  const failure = await failureAt((socket) => {
    if (handshake) socket.once("data", (request: Buffer) => socket.write(handshakeAnswer(request)))
  }, sasl)
  expect(failure).toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
})

/** The request's number, no error, and no mechanisms. */
function handshakeAnswer(request: Buffer): Buffer {
  const answer = Buffer.from("0000000a00000000000000000000", "hex")
  request.copy(answer, 4, 8, 12)
  return answer
}

/** Opens a topic at a broker that does this with its connections, and gives the error. */
async function failureAt(
  broker: (socket: Socket) => void,
  mechanism?: "PLAIN" | "SCRAM-SHA-256",
): Promise<unknown> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined))
    broker(socket)
  }).listen(0, "127.0.0.1")
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server, "listening")
  const sink = kafkaSink({
    bootstrapBrokers: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
    registry: createSchemaRegistry("http://127.0.0.1:1"),
    requestMillis: 300,
    ...(mechanism && { sasl: { mechanism, username: "ada", password: "byron" } }),
  })
  return sink.open(kindOf(Pinged)).catch((error: unknown) => error)
}
