// A client of HTTP whose server speaks something else: whatever comes, calls fail by code.

import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { expect, test } from "vitest"
import { fetchTransport } from "../fetch/index.ts"
import { createClient, RpcError } from "../index.ts"
import { outcomeOf } from "../resilience/outcome.ts"
import { failureOf } from "../testing/outcome.ts"
import { Shop } from "../testing/shop.ts"
import { httpTransport } from "./transport.ts"

const AVRO = "HTTP/1.1 200 OK\r\ncontent-type: avro/binary\r\n"
const answers: readonly [string, string | Buffer][] = [
  ["no text", Buffer.alloc(4096, 0xff)],
  ["the beginning of TLS", Buffer.from("16030100020001", "hex")],
  ["SSH", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["a length that is no number", `${AVRO}content-length: abc\r\n\r\n`],
  ["a chunk of no size", `${AVRO}transfer-encoding: chunked\r\n\r\nZZZ\r\n`],
  ["less than announced", `${AVRO}content-length: 100\r\n\r\nabc`],
  ["a head without end", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}`],
  [
    "another protocol, unasked",
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
  ],
  ["nothing", ""],
]

for (const connect of [httpTransport, fetchTransport]) {
  test.for(answers)(`a client by ${connect.name} is answered with %s`, async ([, answer]) => {
    const server = createServer((socket) => {
      socket.on("error", () => {}) // the client may have had enough
      socket.once("data", () => socket.end(answer))
    }).listen(0)
    await once(server, "listening")
    const transport = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const error = await failureOf(createClient(Shop, transport).echo({ query: "" }, { timeoutMillis: 5000 }))
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({
      code: "ERR_RPC_CONNECTION",
      message: expect.stringMatching(/^No response from http:\/\/127\.0\.0\.1:\d+: ./),
      mayHaveBeenServed: true,
    })
    expect(outcomeOf(error)).toBe("bad") // so that a balanced transport leaves it alone
    await transport.close()
    server.close()
  })
}
