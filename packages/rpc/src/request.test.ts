import type { Protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createClientState, request } from "./request.ts"
import { bytes, concat, hex } from "./testing/hex.ts"
import { Shop } from "./testing/shop.ts"
import { failureOf } from "./transport.contract.ts"

const protocol = Shop as unknown as Protocol
const { echo } = Shop.messages
const hash = hex(protocol.hash)
const call = "00 08 6563686f 04 6869" // no metadata, "echo", "hi"
const result = "00 00 04 6869" // no metadata, no error, "hi"

describe("a request", () => {
  test("is the handshake, the metadata, the message's name and the parameters (I9)", async () => {
    const { sent, outcome } = run(["00 00 00 00" + result])
    expect(await outcome).toBe("hi")
    expect(sent).toEqual([`${hash} 00 ${hash} 00 ${call}`.replaceAll(" ", "")])
  })

  test("is sent again with the client's text when the server asks for it, and then answered (I5)", async () => {
    const { sent, outcome } = run([told("04"), `00 00 00 00 ${result}`])
    expect(await outcome).toBe("hi")
    const text = Buffer.from(protocol.text).toString("hex")
    expect(sent[1]).toContain(text)
    expect(sent[1]?.endsWith(call.replaceAll(" ", ""))).toBe(true)
  })

  test("fails when the server asks a second time; there is never a third (I16)", async () => {
    const { sent, outcome } = run([told("04"), told("04"), told("04")])
    expect(await failureOf(outcome)).toMatchObject({ code: "ERR_RPC_HANDSHAKE" })
    expect(sent).toHaveLength(2)
  })

  test("supposes, from the second call on, the server that the first one showed", async () => {
    const state = createClientState(protocol)
    const other = '{"protocol":"Other","messages":{"echo":{"request":[],"response":"string"}}}'
    await run([told("02", other) + result], state).outcome
    const { sent, outcome } = run([`00 00 00 00 ${result}`], state)
    expect(await outcome).toBe("hi")
    expect(sent[0]?.slice(34, 66)).toBe("ab".repeat(16))
  })

  test("sends nothing when the parameters do not fit", async () => {
    const sent: Uint8Array[] = []
    const send = async (message: Uint8Array): Promise<Uint8Array> => {
      sent.push(message)
      return message
    }
    const outcome = request(createClientState(protocol), echo, { query: 42 }, {}, send)
    expect(await failureOf(outcome)).toMatchObject({
      code: "ERR_AVRO_VALUE",
      message: "Cannot encode echo.query: expected a string, got 42",
    })
    expect(sent).toEqual([])
  })
})

/** A response that tells a protocol, under a hash of ab ab …. */
function told(match: string, text = protocol.text): string {
  const length = text.length * 2
  const varint = Buffer.from(length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7]).toString("hex")
  return `${match} 02 ${varint} ${Buffer.from(text).toString("hex")} 02 ${"ab".repeat(16)} 00`
}

/** Makes the call `echo("hi")` against a script of responses. */
function run(responses: string[], state = createClientState(protocol)) {
  const sent: string[] = []
  const outcome = request(state, echo, { query: "hi" }, {}, async (message) => {
    sent.push(hex(message))
    return concat(bytes(responses[sent.length - 1] ?? ""))
  })
  return { sent, outcome }
}
