import { createReader } from "@avrolet/avro/binary"
import { describe, expect, test } from "vitest"
import { frame } from "../testing/frames.ts"
import { bytes, concat, hex } from "../testing/hex.ts"
import { Outbox } from "./outbox.ts"

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("an outbox", () => {
  test("sends the messages of one turn in one write", async () => {
    const { outbox, writes } = open()
    outbox.add(1, (writer) => writer.writeString("a"))
    await Promise.resolve()
    outbox.add(2, (writer) => writer.writeFixed(bytes("")))
    expect(writes).toEqual([])
    await nextTurn()
    expect(writes.map(hex)).toEqual([hex(concat(frame(1, "0261"), frame(2, "")))])
  })

  test("sends a long turn in parts", async () => {
    const { outbox, writes } = open()
    const message = new Uint8Array(100)
    for (let serial = 1; serial <= 100; serial++) outbox.add(serial, (writer) => writer.writeFixed(message))
    await nextTurn()
    expect(writes.length).toBeGreaterThan(1)
    expect(writes.length).toBeLessThanOrEqual(12)
    expect(concat(...writes)).toHaveLength(100 * 112)
  })

  test("has nothing of a message whose value does not fit", async () => {
    const { outbox, writes } = open()
    const misfit = new Error("no")
    outbox.add(1, (writer) => writer.writeBoolean(true))
    expect(() =>
      outbox.add(2, (writer) => {
        writer.writeString("half")
        throw misfit
      }),
    ).toThrow(misfit)
    outbox.add(3, (writer) => writer.writeBoolean(false))
    await nextTurn()
    expect(writes.map(hex)).toEqual([hex(concat(frame(1, "01"), frame(3, "00")))])
  })

  test("takes a message that is added while another is being written, as by a getter", async () => {
    const { outbox, writes } = open()
    outbox.add(1, (writer) => {
      writer.writeInt(1)
      outbox.add(2, (inner) => inner.writeInt(-1))
      writer.writeInt(1)
    })
    await nextTurn()
    expect(writes.map(hex)).toEqual([hex(concat(frame(1, "0202"), frame(2, "01")))])
  })

  test("sends a message that is larger than its buffer, and goes on", async () => {
    const { outbox, writes } = open()
    const text = "x".repeat(300_000)
    outbox.add(1, (writer) => writer.writeString(text))
    outbox.add(2, (writer) => writer.writeBoolean(true))
    await nextTurn()
    const all = concat(...writes)
    expect(createReader(all.subarray(12)).readString()).toBe(text)
    expect(all.subarray(-13)).toEqual(frame(2, "01"))
  })
})

function open() {
  const writes: Uint8Array[] = []
  return { outbox: new Outbox((data) => writes.push(data)), writes }
}
