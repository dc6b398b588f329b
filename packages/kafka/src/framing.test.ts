import fc from "fast-check"
import { expect, test } from "vitest"
import { frame, unframe } from "./framing.ts"

test("a value has 00 and its schema's id, most significant byte first, before it", () => {
  expect(frame(0x01020304, Buffer.from("abcd", "hex")).toString("hex")).toBe("0001020304abcd")
})

test("what is framed comes apart again", () => {
  const ids = fc.integer({ min: 0, max: 0xffff_ffff })
  fc.assert(
    fc.property(ids, fc.uint8Array(), (id, value) => {
      const { schemaId, value: found } = unframe(frame(id, value))
      expect({ schemaId, value: new Uint8Array(found) }).toEqual({ schemaId: id, value })
    }),
  )
})

test.for([
  { name: "nothing", value: null },
  { name: "no bytes", value: "" },
  { name: "half an id", value: "000000" },
  { name: "most of an id", value: "00000000" },
  { name: "another first byte", value: "010000000102" },
])("$name is refused", ({ value }) => {
  expect(() => unframe(value === null ? null : Buffer.from(value, "hex"))).toThrow(
    expect.objectContaining({ code: "ERR_EVENTS_FOREIGN" }),
  )
})
