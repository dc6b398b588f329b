import { parseProtocol } from "@avrolet/avro"
import { createReader, createWriter } from "@avrolet/avro/binary"
import { describe, expect, test } from "vitest"
import { acceptHandshake, offerHandshake, readHandshakeAnswer } from "./handshake.ts"
import { createProtocolsSeen, createServersSeen } from "./protocols-seen.ts"
import { bytes, concat, hex } from "./testing/hex.ts"

const own = parseProtocol('{"protocol":"Server","messages":{}}')
const client = parseProtocol('{"protocol":"Client","messages":{}}')
const nobody = new Uint8Array(16)
const guess = { hash: own.hash, protocol: own }

describe("a client's offer", () => {
  test("is its hash, no text, and the hash it supposes the server to have (I3)", () => {
    expect(hex(offer(false))).toBe(`${hex(client.hash)} 00 ${hex(own.hash)} 00`.replaceAll(" ", ""))
  })

  test("has the text of its protocol when the server asked for it", () => {
    const text = Buffer.from(client.text).toString("hex")
    expect(hex(offer(true))).toBe(`${hex(client.hash)} 02 46 ${text} ${hex(own.hash)} 00`.replaceAll(" ", ""))
  })
})

describe("a server", () => {
  test("answers BOTH to a client whose protocol it knows and which knows its own (I5)", () => {
    const seen = createProtocolsSeen()
    seen.add(client.hash, client)
    expect(accept(offer(false), seen)).toEqual({ match: "BOTH", clientProtocol: client, answer: "00000000" })
  })

  test("answers BOTH to a client with the very same protocol, which it need not have seen (I5)", () => {
    const same = bytes(`${hex(own.hash)} 00 ${hex(own.hash)} 00`)
    expect(accept(same)).toMatchObject({ match: "BOTH", clientProtocol: own })
  })

  test("answers CLIENT, with its text and hash, to a client that supposed another protocol (I3, I5)", () => {
    const seen = createProtocolsSeen()
    seen.add(client.hash, client)
    const other = bytes(`${hex(client.hash)} 00 ${hex(nobody)} 00`)
    expect(accept(other, seen)).toMatchObject({ match: "CLIENT", answer: told("02") })
  })

  test("answers NONE to a client it does not know, with its text and hash even if the client had the hash right (quirk 3)", () => {
    expect(accept(offer(false))).toMatchObject({ match: "NONE", answer: told("04") })
  })

  test("remembers a client that told its text (I7)", () => {
    const seen = createProtocolsSeen()
    expect(accept(offer(true), seen)).toMatchObject({ match: "BOTH" })
    expect(accept(offer(false), seen)).toMatchObject({ match: "BOTH" })
  })

  test("tolerates an empty map as the handshake's metadata, as Java sends it (quirk 5)", () => {
    expect(accept(bytes(`${hex(own.hash)} 00 ${hex(own.hash)} 02 00`))).toMatchObject({ match: "BOTH" })
  })

  test("reads over the handshake's metadata, which has no meaning yet, and sends none (I14)", () => {
    const meta = "02 02 0261 0401ff 00"
    expect(accept(bytes(`${hex(own.hash)} 00 ${hex(own.hash)} ${meta}`))).toMatchObject({
      answer: "00000000",
    })
  })

  test("refuses, and does not remember, a text that has not the hash it claims", () => {
    const seen = createProtocolsSeen()
    const poison = concat(nobody, bytes("02 46"), Buffer.from(client.text), own.hash, bytes("00"))
    expect(() => accept(poison, seen)).toThrow(expect.objectContaining({ code: "ERR_RPC_HANDSHAKE" }))
    expect(seen.get(nobody)).toBeUndefined()
  })

  test("refuses a text longer than it may be before it is parsed, and parses one of just that length", () => {
    const { length } = client.text
    expect(accept(offer(true), createProtocolsSeen({ maxCharsPerProtocol: length }))).toMatchObject({
      match: "BOTH",
    })
    const noJson = bytes(`${hex(nobody)} 02 06 616263 ${hex(nobody)} 00`)
    expect(() => accept(noJson, createProtocolsSeen({ maxCharsPerProtocol: 2 }))).toThrow(
      expect.objectContaining({
        code: "ERR_RPC_HANDSHAKE",
        message:
          "The peer's protocol has 3 characters, more than 2; only a service can be told to read longer ones, by its maxCharsPerProtocol",
      }),
    )
  })

  test.for([
    { name: "nothing", handshake: "" },
    { name: "half a hash", handshake: "00112233" },
    { name: "a union branch that there is not", handshake: `${"00".repeat(16)} 0a` },
    { name: "a text that is not JSON", handshake: `${"00".repeat(16)} 02 06 616263 ${"00".repeat(16)} 00` },
    { name: "a text of 2^40 bytes", handshake: `${"00".repeat(16)} 02 808080808080 01` },
  ])("refuses $name", ({ handshake }) => {
    expect(() => accept(bytes(handshake))).toThrow(expect.objectContaining({ code: "ERR_RPC_HANDSHAKE" }))
  })
})

describe("a client reading the answer", () => {
  test("keeps its guess on BOTH (I5)", () => {
    expect(answerOf("00 00 00 00")).toEqual({ answered: true, server: guess })
  })

  test("reads over the handshake's metadata (I14)", () => {
    expect(answerOf("00 00 00 02 02 0261 0401ff 00")).toEqual({ answered: true, server: guess })
  })

  test("learns the server's protocol on CLIENT and on NONE, which alone asks for the call again (I5)", () => {
    expect(answerOf(told("02"))).toMatchObject({ answered: true, server: { protocol: { name: "Server" } } })
    expect(answerOf(told("04"))).toMatchObject({ answered: false, server: { hash: own.hash } })
  })

  test("parses a protocol once, however often it is told (I7)", () => {
    const seen = createProtocolsSeen()
    const first = answerOf(told("02"), seen).server.protocol
    expect(answerOf(told("02"), seen).server.protocol).toBe(first)
  })

  test.for([
    { ownChars: 50, chars: 2 ** 20, message: /cannot be read/ },
    { ownChars: 50, chars: 2 ** 20 + 1, message: /has 1048577 characters, more than 1048576;/ },
    { ownChars: 2 ** 20, chars: 2 ** 21, message: /cannot be read/ },
    { ownChars: 2 ** 20, chars: 2 ** 21 + 1, message: /has 2097153 characters, more than 2097152;/ },
  ])("parses 1 Mi characters at most, or twice its own protocol's: $ownChars, $chars", (lengths) => {
    const writer = createWriter()
    writer.writeString(" ".repeat(lengths.chars))
    const answer = `02 02 ${hex(writer.finish())} 02 ${hex(nobody)} 00`
    const { message } = lengths
    expect(() => answerOf(answer, createServersSeen({ text: "x".repeat(lengths.ownChars) }))).toThrow(
      expect.objectContaining({ code: "ERR_RPC_HANDSHAKE", message: expect.stringMatching(message) }),
    )
  })

  test.for([
    { name: "CLIENT without a protocol", answer: "02 00 00 00" },
    { name: "NONE without a hash", answer: "04 02 04 7b7d 00 00" },
    { name: "a match that there is not", answer: "06" },
    { name: "a protocol that is none", answer: `04 02 04 7b7d 02 ${"00".repeat(16)} 00` },
    { name: "HTML", answer: Buffer.from("<html><body>It works!").toString("hex") },
  ])("refuses $name", ({ answer }) => {
    expect(() => answerOf(answer)).toThrow(expect.objectContaining({ code: "ERR_RPC_HANDSHAKE" }))
  })
})

/** A response that tells the server's protocol. */
function told(match: string): string {
  const text = Buffer.from(own.text)
  return `${match} 02 ${(text.length * 2).toString(16)} ${hex(text)} 02 ${hex(own.hash)} 00`.replaceAll(
    " ",
    "",
  )
}

function offer(withText: boolean): Uint8Array {
  const writer = createWriter()
  offerHandshake(writer, client, guess, withText)
  return writer.finish()
}

function accept(handshake: Uint8Array, seen = createProtocolsSeen()): object {
  const acceptance = acceptHandshake(createReader(handshake), own, seen)
  return { ...acceptance, answer: hex(acceptance.answer) }
}

function answerOf(answer: string, seen = createProtocolsSeen()): ReturnType<typeof readHandshakeAnswer> {
  return readHandshakeAnswer(createReader(bytes(answer)), guess, seen)
}
