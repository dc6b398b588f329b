import type { Message, Protocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { neverCancelled } from "./cancellation.ts"
import { OutgoingCall } from "./outgoing-call.ts"
import { CallExchange, createClientState, request } from "./request.ts"
import { bytes, concat, hex } from "./testing/hex.ts"
import { Shop } from "./testing/shop.ts"
import { failureOf } from "./transport.contract.ts"

const protocol = Shop as unknown as Protocol
const hash = hex(protocol.hash)
const call = "00 08 6563686f 04 6869" // no metadata, "echo", "hi"
const result = "00 00 04 6869" // no metadata, no error, "hi"

describe("a request", () => {
  test("is the handshake, the metadata, the message's name and the parameters (I9)", async () => {
    const { sent, outcome } = run(["00 00 00 00" + result])
    expect(await outcome).toBe("hi")
    expect(sent).toEqual([`${hash} 00 ${hash} 00 ${call}`.replaceAll(" ", "")])
  })

  test("supposes at first that the server has the client's own protocol (I4)", async () => {
    const { sent, outcome } = run([`00 00 00 00 ${result}`])
    await outcome
    expect(sent[0]?.slice(34, 66)).toBe(hash) // after the client's hash, and no text
  })

  test("has its handshake each time (I8)", async () => {
    const state = createClientState(protocol)
    for (let time = 0; time < 2; time++) {
      const { sent, outcome } = run([`00 00 00 00 ${result}`], state)
      expect(await outcome).toBe("hi")
      expect(sent[0]?.startsWith(hash)).toBe(true)
    }
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

  test("supposes, from the second call on, the server that the first one showed (I7)", async () => {
    const state = createClientState(protocol)
    const other = '{"protocol":"Other","messages":{"echo":{"request":[],"response":"string"}}}'
    await run([told("02", other) + result], state).outcome
    const { sent, outcome } = run([`00 00 00 00 ${result}`], state)
    expect(await outcome).toBe("hi")
    expect(sent[0]?.slice(34, 66)).toBe("ab".repeat(16))
  })

  test("has its result read as the server's protocol declares it (I15)", async () => {
    const bytesForText = '{"protocol":"Other","messages":{"echo":{"request":[],"response":"bytes"}}}'
    expect(await run([told("02", bytesForText) + result]).outcome).toBe("hi") // bytes are read as a string
    const int = '{"protocol":"Other","messages":{"echo":{"request":[],"response":"int"}}}'
    const error = await failureOf(run([told("02", int) + "00 00 08"]).outcome)
    expect(error).toMatchObject({ code: "ERR_RPC_RESPONSE" })
  })

  test("has its errors read as the server's protocol declares them, and as its own where it does too (I12, I15)", async () => {
    const others = JSON.stringify({
      protocol: "Other",
      namespace: "test",
      types: [
        { type: "error", name: "Odd", fields: [{ name: "n", type: "int" }] },
        {
          type: "error",
          name: "SoldOut",
          fields: [
            { name: "since", type: "int" },
            { name: "item", type: "string" },
          ],
        },
      ],
      messages: { buy: { request: [], response: "int", errors: ["Odd", "SoldOut"] } },
    })
    const errorOf = (branch: string): Promise<unknown> =>
      failureOf(run([`${told("02", others)} 00 01 ${branch}`], undefined, "buy").outcome)
    expect(await errorOf("02 0a")).toMatchObject({ errorName: "test.Odd", value: { n: 5 } })
    expect(await errorOf("04 0a 0278")).toMatchObject({ errorName: "test.SoldOut", value: { item: "x" } })
    expect(await errorOf("00 0278")).toMatchObject({ code: "ERR_RPC_REMOTE", message: "x" })
    expect(await errorOf("06")).toMatchObject({ code: "ERR_RPC_RESPONSE" })
    expect(await errorOf("01")).toMatchObject({ code: "ERR_RPC_RESPONSE" })
  })

  test("of a one-way message has a null response that says no more than that it came (I11)", async () => {
    expect(await run(["00 00 00 00  00 00"], undefined, "log").outcome).toBeNull()
  })

  test("tells its metadata apart from what the server says of itself: only codes that it may send are believed", async () => {
    const saying = (code: string): Promise<unknown> => {
      const value = Buffer.from(code)
      const entry = `18 ${hex(Buffer.from("avrolet.code"))} ${hex(Buffer.from([value.length * 2]))} ${hex(value)}`
      return failureOf(run([`00 00 00 00 02 ${entry} 00 01 00 04 6e6f`]).outcome)
    }
    expect(await saying("ERR_RPC_OVERLOADED")).toMatchObject({ code: "ERR_RPC_OVERLOADED", message: "no" })
    expect(await saying("ERR_RPC_DECLARED")).toMatchObject({ code: "ERR_RPC_REMOTE", message: "no" })
    expect(await saying("ERR_MADE_UP")).toMatchObject({ code: "ERR_RPC_REMOTE", message: "no" })
  })

  test("sends nothing when the parameters do not fit", async () => {
    const sent: Uint8Array[] = []
    const send = async (message: Uint8Array): Promise<Uint8Array> => {
      sent.push(message)
      return message
    }
    const outcome = async (): Promise<unknown> =>
      request(createClientState(protocol), new CallExchange(callOf("echo", { query: 42 })), send)
    expect(await failureOf(outcome())).toMatchObject({
      code: "ERR_AVRO_VALUE",
      message: "Cannot encode echo.query: expected a string, got 42",
    })
    expect(sent).toEqual([])
  })
})

const inputs = { echo: { query: "hi" }, buy: { item: "x" }, log: { line: "x" } }

const callOf = (message: keyof typeof inputs, parameters: unknown = inputs[message]): OutgoingCall =>
  new OutgoingCall(
    protocol,
    protocol.messages[message] as Message,
    parameters,
    {},
    neverCancelled(),
    undefined,
  )

/** A response that tells a protocol, under a hash of ab ab …. */
function told(match: string, text = protocol.text): string {
  const length = text.length * 2
  const varint = Buffer.from(length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7]).toString("hex")
  return `${match} 02 ${varint} ${Buffer.from(text).toString("hex")} 02 ${"ab".repeat(16)} 00`
}

/** Makes a call, `echo("hi")` unless it is another, against a script of responses. */
function run(
  responses: string[],
  state = createClientState(protocol),
  message: keyof typeof inputs = "echo",
) {
  const sent: string[] = []
  const outcome = request(state, new CallExchange(callOf(message)), async (sentNow) => {
    sent.push(hex(sentNow))
    return concat(bytes(responses[sent.length - 1] ?? ""))
  })
  return { sent, outcome }
}
