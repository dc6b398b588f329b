import { expectTypeOf } from "expect-type"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { fingerprint } from "./schema/fingerprint.ts"
import { parseSchema, schema } from "./schema/schema.ts"
import { createSchemaStore } from "./schema/store.ts"
import { decodeSingleObject, encodeSingleObject, singleObjectFingerprint } from "./single-object.ts"
import { samples } from "./testing/arbitrary.ts"
import { caught } from "./testing/caught.ts"
import { bytes, compact, hex } from "./testing/hex.ts"

const UserV1 = schema({ type: "record", name: "User", fields: [{ name: "name", type: "string" }] })
const User = schema({
  type: "record",
  name: "User",
  fields: [
    { name: "name", type: "string" },
    { name: "age", type: "int", default: 0 },
  ],
})
const Order = schema({ type: "record", name: "Order", fields: [{ name: "id", type: "long" }] })

describe("a single object", () => {
  test("begins with C3 01 (E1), the fingerprint's least significant byte first (E2), then the value (E3)", () => {
    const encoded = encodeSingleObject(schema("int"), 7)
    expect(hex(encoded)).toBe(compact("c3 01  8f 5c 39 3f 1a d5 75 72  0e"))
    expect(singleObjectFingerprint(encoded)).toEqual(fingerprint(schema("int")))
  })

  test("gives its fingerprint as a copy, from a Buffer too", () => {
    const encoded = Buffer.from(encodeSingleObject(schema("int"), 7))
    const found = singleObjectFingerprint(encoded)
    encoded.fill(0)
    expect(found).toEqual(fingerprint(schema("int")))
  })

  test("may hold strings that are not UTF-8, if that is asked for", () => {
    const encoded = encodeSingleObject(UserV1, { name: "ab" })
    encoded.set([0xff], encoded.length - 1)
    expect(caught(() => decodeSingleObject(UserV1, encoded)).code).toBe("ERR_AVRO_DATA")
    expect(decodeSingleObject(UserV1, encoded, { invalidUtf8: "replace" })).toEqual({ name: "a\ufffd" })
    const options = { reader: User, invalidUtf8: "replace" } as const
    expect(decodeSingleObject(UserV1, encoded, options)).toEqual({ name: "a\ufffd", age: 0 })
  })

  test("is decoded with the schema it was written with (E3)", () => {
    const encoded = encodeSingleObject(Order, { id: 7 })
    expect(decodeSingleObject(Order, encoded)).toEqual({ id: 7 })
    expect(decodeSingleObject([User, Order], encoded)).toEqual({ id: 7 })
    expect(decodeSingleObject(createSchemaStore([User, Order]), encoded)).toEqual({ id: 7 })
  })

  test("is resolved to the reader's schema, which is known without being listed", () => {
    const options = { reader: User }
    const old = encodeSingleObject(UserV1, { name: "Ada" })
    expect(decodeSingleObject([UserV1], old, options)).toEqual({ name: "Ada", age: 0 })
    expect(decodeSingleObject(createSchemaStore([UserV1]), old, options)).toEqual({ name: "Ada", age: 0 })
    const current = encodeSingleObject(User, { name: "Ada", age: 36 })
    expect(decodeSingleObject([UserV1], current, options)).toEqual({ name: "Ada", age: 36 })
  })

  test("has the static type of the schemas, or of the reader", () => {
    const read = (data: Uint8Array) => decodeSingleObject([UserV1, Order], data)
    expectTypeOf(read).returns.toEqualTypeOf<{ name: string } | { id: number }>()
    const resolve = (data: Uint8Array) =>
      decodeSingleObject(createSchemaStore([UserV1]), data, { reader: User })
    expectTypeOf(resolve).returns.toEqualTypeOf<{ name: string; age: number }>()
    const readAny = (data: Uint8Array) => decodeSingleObject(createSchemaStore([]), data)
    expectTypeOf(readAny).returns.toEqualTypeOf<unknown>()
  })

  test("comes back as it was, whatever its schema", () => {
    fc.assert(
      fc.property(samples, ({ definition, value }) => {
        const type = parseSchema(definition)
        expect(decodeSingleObject([Order, type], encodeSingleObject(type, value))).toEqual(value)
      }),
    )
  })

  test("that a value does not fit is refused as encode refuses it", () => {
    expect(() => encodeSingleObject(User, { name: 1 as never })).toThrow("Cannot encode User.name: expected")
  })
})

describe("bytes that are refused (E4)", () => {
  test.for([
    { name: "another marker", data: "c3 02 8f 5c 39 3f 1a d5 75 72 0e", code: "ERR_AVRO_DATA" },
    { name: "a value without a header", data: "0e", code: "ERR_AVRO_DATA" },
    { name: "nothing", data: "", code: "ERR_AVRO_TRUNCATED" },
    { name: "half a marker", data: "c3", code: "ERR_AVRO_TRUNCATED" },
    { name: "half a fingerprint", data: "c3 01 8f 5c 39 3f 1a d5 75", code: "ERR_AVRO_TRUNCATED" },
    { name: "no value", data: "c3 01 8f 5c 39 3f 1a d5 75 72", code: "ERR_AVRO_TRUNCATED" },
    { name: "more than a value", data: "c3 01 8f 5c 39 3f 1a d5 75 72 0e 00", code: "ERR_AVRO_DATA" },
    {
      name: "another fingerprint",
      data: "c3 01 00 11 22 33 44 55 66 77 0e",
      code: "ERR_AVRO_UNKNOWN_SCHEMA",
    },
  ])("$name", ({ data, code }) => {
    expect(caught(() => decodeSingleObject(schema("int"), bytes(data))).code).toBe(code)
    expect(caught(() => decodeSingleObject(createSchemaStore([schema("int")]), bytes(data))).code).toBe(code)
  })

  test("an unknown fingerprint is told, as its bytes", () => {
    expect(() => decodeSingleObject([User], encodeSingleObject(schema("int"), 7))).toThrow(
      "written with a schema of fingerprint 8f5c393f1ad57572, which is not among those given",
    )
  })
})
