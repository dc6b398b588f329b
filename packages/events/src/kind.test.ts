import { schema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { kindOf } from "./kind.ts"

test("an event is stored within the envelope that all events have, under the name of its schema", () => {
  const Served = schema({
    type: "record",
    name: "Served",
    namespace: "example",
    fields: [{ name: "route", type: "string" }],
  })
  const kind = kindOf(Served)
  expect(kind.name).toBe("example.Served")
  expect(kind.event).toBe(Served)
  expect(kind.stored.name).toBe("avrolet.events.Recorded")
  expect(kindOf(Served)).toBe(kind)
})

test("what is no record has no name for its folder, and is refused", () => {
  expect(() => kindOf(schema("string"))).toThrow(
    expect.objectContaining({ code: "ERR_EVENTS_SCHEMA", message: expect.stringContaining('"string"') }),
  )
  expect(() => kindOf({ type: "record", name: "Served", fields: [] } as never)).toThrow("schema()")
})
