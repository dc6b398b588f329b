import { describe, expect, test } from "vitest"
import { bytesOf } from "./bytes-of.ts"

describe("the bytes that are written", () => {
  test("are one's own: those of the next message do not change them", () => {
    const first = bytesOf((writer) => writer.writeString("first"))
    bytesOf((writer) => writer.writeString("other"))
    expect(first).toEqual(Uint8Array.of(0x0a, 0x66, 0x69, 0x72, 0x73, 0x74))
  })

  test.for([1, 64, 65, 1000, 100_000])("are one's own where they are %d, too", (length) => {
    const all = Array.from({ length: 200 }, (_, index) => new Uint8Array(length).fill(index))
    const written = all.map((one) => bytesOf((writer) => writer.writeFixed(one)))
    expect(written.every((one, index) => Buffer.compare(one, all[index] as Uint8Array) === 0)).toBe(true)
  })

  test("may be written while others are", () => {
    let inner: unknown
    const outer = bytesOf((writer) => {
      writer.writeInt(1)
      inner = bytesOf((other) => other.writeInt(2))
      writer.writeInt(3)
    })
    expect(inner).toEqual(Uint8Array.of(0x04))
    expect(outer).toEqual(Uint8Array.of(0x02, 0x06))
  })

  test("begin anew after a message that could not be written", () => {
    const fail = (): unknown =>
      bytesOf((writer) => {
        writer.enter()
        writer.writeFixed(new Uint8Array(500).fill(1))
        throw new Error("half-way")
      })
    for (let times = 0; times < 1000; times++) expect(fail).toThrow("half-way")
    expect(bytesOf((writer) => writer.writeInt(2))).toEqual(Uint8Array.of(0x04))
  })

  test("may be many: a large message is followed by a small one", () => {
    const large = new Uint8Array(1_000_000).fill(7)
    expect(bytesOf((writer) => writer.writeFixed(large))).toEqual(large)
    expect(bytesOf((writer) => writer.writeInt(2))).toEqual(Uint8Array.of(0x04))
  })
})
