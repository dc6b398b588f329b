// One law for every back end: the same bytes, the same values. Each is run by itself, without the closures
// behind it, so that what it leaves to them shows.

import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { logicalType } from "../schema/own-logical-types.ts"
import { parseSchema } from "../schema/schema.ts"
import { type Sample, samples } from "../testing/arbitrary.ts"
import { emitted, emittedAlone } from "../testing/emitted.ts"
import { decode as fromBytes } from "../value/decode.ts"
import { encode as toBytes } from "../value/encode.ts"
import { withCodecs } from "./ahead-of-time.ts"
import { type Decoder, decoderOf } from "./closures/decoder.ts"
import { type Encoder, encoderOf } from "./closures/encoder.ts"
import { resolverOf } from "./closures/resolver.ts"
import { interpretingDecoder } from "./interpret/decoder.ts"
import { interpretingEncoder } from "./interpret/encoder.ts"
import { MISFIT } from "./misfit.ts"
import { runDecoder, runEncoder } from "./run.ts"

describe.for([
  { name: "emitted code", encoder: runEncoder, decoder: runDecoder },
  { name: "the interpreter", encoder: interpretingEncoder, decoder: interpretingDecoder },
])("$name", ({ encoder, decoder }) => {
  test("encodes every value to the closures' bytes", () => {
    law(({ definition, value }) => {
      const node = parseSchema(definition)["~node"]
      const alone = bytesOf(encoder(node, refuse), value)
      expect(alone).toEqual(bytesOf(encoderOf(node), value))
    })
  })

  test("decodes the closures' bytes to the same value, and stops where they do", () => {
    law(({ definition, value }) => {
      const node = parseSchema(definition)["~node"]
      const reader = createReader(bytesOf(encoderOf(node), value))
      const alone = decoder(refuse, node)(reader)
      expect(isDeepStrictEqual(alone, value)).toBe(true)
      expect(reader.remaining).toBe(0)
    })
  })

  test.for([Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, Number.MIN_SAFE_INTEGER])(
    "reads a long of %d by itself",
    (value) => {
      const node = parseSchema("long")["~node"]
      const bytes = bytesOf(encoderOf(node), value)
      expect(outcome(decoder(refuse, node), bytes)).toEqual({ value, position: bytes.length })
    },
  )

  test("reads another writer's data as the closures do, rule by rule of schema resolution", () => {
    law(({ definition, value }) => {
      const writer = parseSchema(definition)["~node"]
      const bytes = bytesOf(encoderOf(writer), value)
      for (const changed of variantsOf(definition)) {
        const reader = parseSchema(changed)["~node"]
        const closure = attempt(() => resolverOf(writer, reader))
        if (closure === undefined) continue
        const expected = outcome(closure, bytes)
        const alone = outcome(decoder(refuse, reader, writer), bytes)
        if (alone !== undefined || expected !== undefined)
          expect(isDeepStrictEqual(alone, expected)).toBe(true)
      }
    }, 400)
  })

  test("makes logical types of one's own of what is promoted, and of what is not, as the closures do", () => {
    law(({ definition, value }) => {
      const writer = parseSchema(definition)["~node"]
      const bytes = bytesOf(encoderOf(writer), value)
      for (const changed of ownVariantsOf(definition)) {
        const reader = parseSchema(changed, OWN)["~node"]
        const closure = attempt(() => resolverOf(writer, reader))
        if (closure === undefined) continue
        const expected = outcome(closure, bytes)
        // With the closures behind it, to which a long past 2⁵³ is left that becomes a double.
        const actual = outcome(decoder(closure, reader, writer), bytes)
        expect(isDeepStrictEqual(actual, expected)).toBe(true)
      }
    }, 400)
  })

  test("accepts no bytes that the closures refuse, and reads the others alike", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 })
    fc.assert(
      fc.property(samples, changes, fc.nat(), ({ definition, value }, flips, cut) => {
        const node = parseSchema(definition)["~node"]
        const bytes = bytesOf(encoderOf(node), value)
        for (const [at, byte] of flips) if (bytes.length > 0) bytes[at % bytes.length] = byte
        const changed = bytes.subarray(0, cut % 2 === 0 ? bytes.length : cut % (bytes.length + 1))
        const alone = outcome(decoder(refuse, node), changed)
        if (alone !== undefined)
          expect(isDeepStrictEqual(alone, outcome(decoderOf(node), changed))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test("writes at any place of a writer, and makes room as it goes", () => {
    law(({ definition, value }) => {
      const node = parseSchema(definition)["~node"]
      const encode = encoder(node, refuse)
      const writer = createWriter()
      writer.writeFixed(new Uint8Array(500))
      for (let times = 0; times < 3; times++) encode(writer, value)
      const once = bytesOf(encoderOf(node), value)
      expect(writer.finish().subarray(500)).toEqual(new Uint8Array(Buffer.concat([once, once, once])))
    }, 200)
  })
})

describe("the codec of a generated module", () => {
  test("encodes every value to the closures' bytes, and decodes them to it", () => {
    law(({ definition, value }) => {
      const schema = parseSchema(definition)
      const expected = bytesOf(encoderOf(schema["~node"]), value)
      withCodecs(schema, emittedAlone(schema, refuse))
      expect(toBytes(schema, value)).toEqual(expected)
      expect(isDeepStrictEqual(fromBytes(schema, expected), value)).toBe(true)
    })
  })

  test("ends, with the closures behind it, in their errors", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 })
    fc.assert(
      fc.property(samples, samples, changes, ({ definition, value }, { value: another }, flips) => {
        const ahead = parseSchema(definition)
        withCodecs(ahead, emitted(ahead))
        const closures = parseSchema(definition)
        closures["~codec"].encode = encoderOf(closures["~node"])
        closures["~codec"].decode = decoderOf(closures["~node"])
        expect(result(() => toBytes(ahead, another))).toEqual(result(() => toBytes(closures, another)))
        const bytes = toBytes(closures, value)
        for (const [at, byte] of flips) if (bytes.length > 0) bytes[at % bytes.length] = byte
        expect(
          isDeepStrictEqual(
            result(() => fromBytes(ahead, bytes)),
            result(() => fromBytes(closures, bytes)),
          ),
        ).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

/** What an action returns, or the error it throws. */
function result(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return String(error)
  }
}

/** In place of the closure: nobody to leave anything to. */
const refuse = (): never => {
  throw MISFIT
}

function law(check: (sample: Sample) => void, numRuns = 1000): void {
  fc.assert(fc.property(samples, check), { numRuns })
}

/**
 * Declarations that can partly read what another wrote: fields dropped, renamed, reversed or added,
 * types promoted, unions widened, symbols missing.
 */
function variantsOf(definition: unknown): unknown[] {
  const text = JSON.stringify(definition)
  const promoted = text.replaceAll('"int"', '"long"').replaceAll('"float"', '"double"')
  return [
    JSON.parse(text),
    JSON.parse(promoted),
    ["null", JSON.parse(text)].flat(),
    change(JSON.parse(text), (fields) => fields.toReversed()),
    change(JSON.parse(text), (fields) => fields.slice(1)),
    change(JSON.parse(text), (fields) => [
      ...fields,
      { name: "added_number", type: "long", default: 7 },
      { name: "added_list", type: { type: "array", items: "string" }, default: ["a"] },
    ]),
    change(JSON.parse(text), (fields) =>
      fields.map((field) => ({ ...field, name: `new_${field.name}`, aliases: [field.name] })),
    ),
  ].filter((declaration) => attempt(() => parseSchema(declaration)) !== undefined)
}

/** A logical type that shows where it was asked, and what it got. */
const OWN = {
  logicalTypes: {
    own: logicalType({
      type: ["int", "long", "float", "double", "string", "bytes"],
      kind: "object",
      toValue: (underlying) => ({ underlying }),
      toUnderlying: ({ underlying }) => underlying,
    }),
  },
}

/** Each type that is promoted, and what it is promoted to. */
const promotions: readonly [string, readonly string[]][] = [
  ["int", ["long", "float", "double"]],
  ["long", ["float", "double"]],
  ["float", ["double"]],
  ["string", ["bytes"]],
  ["bytes", ["string"]],
]

/** Declarations in which all values of one type have a logical type of one's own, many of them promoted. */
function ownVariantsOf(definition: unknown): unknown[] {
  const text = JSON.stringify(definition)
  const changed = promotions.flatMap(([type, others]) =>
    [type, ...others].map((other) =>
      text.replaceAll(`"${type}"`, JSON.stringify({ type: other, logicalType: "own" })),
    ),
  )
  return changed
    .filter((declared) => declared !== text)
    .map((declared) => attempt((): unknown => JSON.parse(declared)))
    .filter((declared) => attempt(() => parseSchema(declared, OWN)) !== undefined)
}

interface Field {
  readonly name: string
  readonly type: unknown
}

/** Changes the fields of every record in a declaration. */
function change(json: unknown, fieldsOf: (fields: Field[]) => object[]): unknown {
  if (Array.isArray(json)) return json.map((part) => change(part, fieldsOf))
  if (typeof json !== "object" || json === null) return json
  const parts = Object.entries(json).map(([key, part]) => {
    if (key !== "fields")
      return [key, key === "type" || key === "items" || key === "values" ? change(part, fieldsOf) : part]
    const fields = (part as Field[]).map((field) => ({ ...field, type: change(field.type, fieldsOf) }))
    return [key, fieldsOf(fields)]
  })
  return Object.fromEntries(parts)
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}

function bytesOf(encode: Encoder, value: unknown): Uint8Array {
  const writer = createWriter()
  encode(writer, value)
  return writer.finish()
}

function outcome(decode: Decoder, bytes: Uint8Array): { value: unknown; position: number } | undefined {
  const reader = createReader(bytes)
  try {
    return { value: decode(reader), position: reader.position }
  } catch {
    return undefined
  }
}
