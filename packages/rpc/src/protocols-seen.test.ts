import { parseProtocol } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { createProtocolsSeen } from "./protocols-seen.ts"

describe("the protocols seen", () => {
  test("a protocol is found by its hash", () => {
    const seen = createProtocolsSeen()
    const protocol = named("A")
    expect(seen.get(protocol.hash)).toBeUndefined()
    seen.add(protocol.hash, protocol)
    expect(seen.get(new Uint8Array(protocol.hash))).toBe(protocol)
  })

  test("the one not used for longest is forgotten when there are too many", () => {
    const seen = createProtocolsSeen({ maxProtocolsSeen: 2 })
    const [a, b, c] = [named("A"), named("B"), named("C")]
    seen.add(a.hash, a)
    seen.add(b.hash, b)
    seen.get(a.hash)
    seen.add(c.hash, c)
    expect([a, b, c].map(({ hash }) => seen.get(hash)?.name)).toEqual(["A", undefined, "C"])
  })

  test("old ones are forgotten when their texts grow too long together, and a text too long alone is not kept", () => {
    const { text, hash } = named("A")
    const seen = createProtocolsSeen({ maxProtocolChars: text.length })
    const b = named("B")
    seen.add(hash, named("A"))
    seen.add(b.hash, b)
    expect(seen.get(hash)).toBeUndefined()
    expect(seen.get(b.hash)).toBe(b)
    const long = named("ALongerName")
    seen.add(long.hash, long)
    expect(seen.get(long.hash)).toBeUndefined()
  })

  test("a protocol added again counts once", () => {
    const a = named("A")
    const seen = createProtocolsSeen({ maxProtocolChars: a.text.length * 2 })
    for (let times = 0; times < 5; times++) seen.add(a.hash, a)
    const b = named("B")
    seen.add(b.hash, b)
    expect(seen.get(a.hash)).toBe(a)
  })
})

const named = (name: string): ReturnType<typeof parseProtocol> =>
  parseProtocol({ protocol: name, messages: {} })
