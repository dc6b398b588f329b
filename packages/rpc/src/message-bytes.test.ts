import { describe, expect, test } from "vitest"
import { messageBytes } from "./message-bytes.ts"
import { bytes } from "./testing/hex.ts"

describe("the bytes of a message", () => {
  test("are one's own: those of the next message do not change them", () => {
    const first = messageBytes((writer) => writer.writeString("first"))
    messageBytes((writer) => writer.writeString("other"))
    expect(first).toEqual(bytes("0a 6669727374"))
  })

  test("may be written while others are", () => {
    let inner: unknown
    const outer = messageBytes((writer) => {
      writer.writeInt(1)
      inner = messageBytes((other) => other.writeInt(2))
      writer.writeInt(3)
    })
    expect(inner).toEqual(bytes("04"))
    expect(outer).toEqual(bytes("02 06"))
  })

  test("begin anew after a message that could not be written", () => {
    const fail = (): unknown =>
      messageBytes((writer) => {
        writer.writeInt(1)
        throw new Error("half-way")
      })
    expect(fail).toThrow("half-way")
    expect(messageBytes((writer) => writer.writeInt(2))).toEqual(bytes("04"))
  })

  test("may be many: a large message is followed by a small one", () => {
    const large = new Uint8Array(1_000_000).fill(7)
    expect(messageBytes((writer) => writer.writeFixed(large))).toEqual(large)
    expect(messageBytes((writer) => writer.writeInt(2))).toEqual(bytes("04"))
  })
})
