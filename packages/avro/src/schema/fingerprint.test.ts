import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { samples } from "../testing/arbitrary.ts"
import { field, record } from "../testing/declare.ts"
import { hex } from "../testing/hex.ts"
import { canonicalForm } from "./canonical-form.ts"
import { fingerprint } from "./fingerprint.ts"
import { parseSchema } from "./schema.ts"

describe("the CRC-64-AVRO fingerprint (K8)", () => {
  // As numbers, most significant byte first, the way the Java tools print them.
  test.for([
    { type: "null", number: "63dd24e7cc258f8a" },
    { type: "boolean", number: "9f42fc78a4d4f764" },
    { type: "int", number: "7275d51a3f395c8f" },
    { type: "long", number: "d054e14493f41db7" },
    { type: "float", number: "4d7c02cb3ea8d790" },
    { type: "double", number: "8e7535c032ab957e" },
    { type: "bytes", number: "4fc016dac3201965" },
    { type: "string", number: "8f014872634503c7" },
    { type: [], number: "eec6e173d23fb9d1" },
  ])("of $type is $number", ({ type, number }) => {
    expect(hex(fingerprint(parseSchema(type)).toReversed())).toBe(number)
  })

  test("starts with its least significant byte", () => {
    expect(hex(fingerprint(parseSchema("int"), "CRC-64-AVRO"))).toBe("8f5c393f1ad57572")
  })

  test("is what the specification's pseudocode computes, from c15d213aa4d7a795 on", () => {
    fc.assert(
      fc.property(samples, ({ definition }) => {
        const type = parseSchema(definition)
        const number = BigInt(`0x${hex(fingerprint(type).toReversed())}`)
        expect(number).toBe(rabin(new TextEncoder().encode(canonicalForm(type))))
      }),
    )
  })
})

test.for([
  { algorithm: "MD5", node: "md5" },
  { algorithm: "SHA-256", node: "sha256" },
] as const)("$algorithm fingerprints are those of the canonical form (K8)", ({ algorithm, node }) => {
  const type = parseSchema(record("a.R", field("x", "int")))
  const expected = createHash(node).update(canonicalForm(type)).digest("hex")
  expect(hex(fingerprint(type, algorithm))).toBe(expected)
})

test("a fingerprint belongs to who asked for it", () => {
  const type = parseSchema("string")
  const first = fingerprint(type)
  const before = hex(first)
  first.fill(0)
  expect(hex(fingerprint(type))).toBe(before)
})

test("schemas of one canonical form have one fingerprint", () => {
  const plain = parseSchema(record("a.R", field("x", "int")))
  const documented = parseSchema({ ...record("R", field("x", { type: "int" })), namespace: "a", doc: "?" })
  expect(fingerprint(plain)).toEqual(fingerprint(documented))
  expect(fingerprint(plain)).not.toEqual(fingerprint(parseSchema(record("R", field("x", "int")))))
})

const EMPTY = 0xc15d213aa4d7a795n

function rabin(data: Uint8Array): bigint {
  let hash = EMPTY
  for (const byte of data) {
    let entry = (hash ^ BigInt(byte)) & 0xffn
    for (let bit = 0; bit < 8; bit++) entry = (entry >> 1n) ^ (entry & 1n ? EMPTY : 0n)
    hash = (hash >> 8n) ^ entry
  }
  return hash
}
