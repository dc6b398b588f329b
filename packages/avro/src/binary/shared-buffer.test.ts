import { MessageChannel } from "node:worker_threads"
import { describe, expect, test } from "vitest"
import { schema } from "../schema/schema.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"

const bytes = schema("bytes")
const value = new Uint8Array(100).fill(7)

describe.for([
  { name: "encode", make: () => encode(bytes, value) },
  { name: "decode", make: () => decode(bytes, encode(bytes, value)) },
])("of what $name returns", ({ make }) => {
  test("none is emptied when another one's buffer is transferred", () => {
    const results = Array.from({ length: 200 }, make)
    const copies = results.map((result) => Uint8Array.from(result))
    expect(new Set(results.map(({ buffer }) => buffer)).size).toBeLessThan(200)
    for (const { buffer } of results) transfer(buffer)
    expect(results.map((result) => Uint8Array.from(result))).toEqual(copies)
    expect(Uint8Array.from(make())).toEqual(copies[0])
  })
})

/** Node 20 sends a copy of a buffer that is not to be transferred; later ones throw. */
function transfer(buffer: ArrayBufferLike): void {
  const { port1, port2 } = new MessageChannel()
  try {
    port1.postMessage(null, [buffer as ArrayBuffer])
  } catch (error) {
    expect(error).toMatchObject({ name: "DataCloneError" })
  } finally {
    port1.close()
    port2.close()
  }
}
