import { describe, expect, test } from "vitest"
import { decodeSingleObject, encodeSingleObject, singleObjectFingerprint } from "../single-object.ts"
import { caught } from "../testing/caught.ts"
import { fixed } from "../testing/declare.ts"
import { bytes } from "../testing/hex.ts"
import { fingerprint } from "./fingerprint.ts"
import { parseSchema, type Schema } from "./schema.ts"
import { createSchemaStore } from "./store.ts"

const numbered = (index: number): Schema => parseSchema(fixed(`F${index}`, 1))
const [zero, one, two] = [numbered(0), numbered(1), numbered(2)]

describe("a schema store", () => {
  test("finds what was given and what was added", () => {
    const store = createSchemaStore([zero])
    store.add(one)
    expect(store.find(fingerprint(zero))).toBe(zero)
    expect(store.find(fingerprint(one))).toBe(one)
    expect(store.find(fingerprint(two))).toBeUndefined()
  })

  test("keeps the last of those with one fingerprint", () => {
    const store = createSchemaStore([parseSchema("long")])
    const exact = parseSchema("long", { long: "bigint" })
    store.add(exact)
    expect(store.find(fingerprint(exact))).toBe(exact)
  })

  test("forgets what was not used for the longest time", () => {
    const store = createSchemaStore([zero, one], { maxSchemas: 2 })
    store.find(fingerprint(zero))
    store.add(two)
    expect(store.find(fingerprint(zero))).toBe(zero)
    expect(store.find(fingerprint(one))).toBeUndefined()
    expect(store.find(fingerprint(two))).toBe(two)
  })

  test("asks for what it does not have, once for each schema it gets", () => {
    const asked: Uint8Array[] = []
    const resolve = (wanted: Uint8Array): Schema | undefined => {
      asked.push(wanted)
      return [one].find((schema) => Buffer.compare(fingerprint(schema), wanted) === 0)
    }
    const store = createSchemaStore([zero], { resolve })
    const wanted = [zero, one, one, two, two].map((schema) => fingerprint(schema))
    expect(wanted.map((each) => store.find(each))).toEqual([zero, one, one, undefined, undefined])
    expect(asked).toEqual([one, two, two].map((schema) => fingerprint(schema)))
  })

  test("refuses a schema other than the one it asked for", () => {
    const store = createSchemaStore([], { resolve: () => one })
    const error = caught(() => decodeSingleObject(store, encodeSingleObject(zero, bytes("ab"))))
    expect(error.code).toBe("ERR_AVRO_UNKNOWN_SCHEMA")
    expect(error.message).toMatch(/the schema that resolve\(\) returned for [0-9a-f]{16} has another/)
  })

  test("is filled from a registry before decoding, where that takes time", async () => {
    const registry = async (wanted: Uint8Array): Promise<Schema> =>
      Promise.resolve(Buffer.compare(fingerprint(zero), wanted) === 0 ? zero : one)
    const store = createSchemaStore()
    const message = encodeSingleObject(one, bytes("ab"))
    const wanted = singleObjectFingerprint(message)
    if (store.find(wanted) === undefined) store.add(await registry(wanted))
    expect(decodeSingleObject(store, message)).toEqual(bytes("ab"))
  })

  test.for([0, -1, 1.5, Number.NaN])("refuses to hold %d schemas", (maxSchemas) => {
    expect(() => createSchemaStore([], { maxSchemas })).toThrow(TypeError)
  })

  test("refuses what is no CRC-64-AVRO fingerprint", () => {
    expect(() => createSchemaStore().find(fingerprint(zero, "MD5"))).toThrow("has 8 bytes, got 16")
  })
})
