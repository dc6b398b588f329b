import { isDeepStrictEqual } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { skipperOf } from "../compile/skipper.ts"
import { AvroError } from "../errors.ts"
import { parseSchema } from "../schema/schema.ts"
import { type Sample, samples } from "../testing/arbitrary.ts"
import { decode, decodeFrom } from "./decode.ts"
import { encode, encodeInto } from "./encode.ts"

test("a value comes back from its bytes as it was", () => {
  law(({ definition, value }) => {
    const type = parseSchema(definition)
    expect(isDeepStrictEqual(decode(type, encode(type, value)), value)).toBe(true)
  })
})

test("a value comes back through a schema equal to the one it was written with", () => {
  law(({ definition, value }) => {
    const writer = parseSchema(definition)
    const reader = parseSchema(JSON.stringify(definition))
    expect(isDeepStrictEqual(decode(reader, encode(writer, value), { writer }), value)).toBe(true)
  })
})

test("a value is skipped exactly", () => {
  law(({ definition, value }) => {
    const type = parseSchema(definition)
    const reader = createReader(encode(type, value))
    skipperOf(type["~node"])(reader)
    expect(reader.remaining).toBe(0)
    expect(reader.depth).toBe(0)
  })
})

test("values stand one after another, and each is read from where the last ended", () => {
  law(({ definition, value }) => {
    const type = parseSchema(definition)
    const writer = createWriter()
    encodeInto(type, value, writer)
    encodeInto(type, value, writer)
    const reader = createReader(writer.finish())
    expect(isDeepStrictEqual([decodeFrom(type, reader), decodeFrom(type, reader)], [value, value])).toBe(true)
    expect(reader.remaining).toBe(0)
  })
})

test("bytes cut off anywhere are refused, with a path and never another error", () => {
  law(({ definition, value }) => {
    const type = parseSchema(definition)
    const whole = encode(type, value)
    for (let length = 0; length < whole.length; length++) {
      expect(() => decode(type, whole.subarray(0, length))).toThrow(AvroError)
    }
  }, 100)
})

test("bytes changed anywhere decode to something or end in an AvroError", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(samples, changes, ({ definition, value }, flips) => {
      const type = parseSchema(definition)
      const reader = parseSchema(JSON.stringify(definition))
      const changed = encode(type, value)
      for (const [at, byte] of flips) if (changed.length > 0) changed[at % changed.length] = byte
      expectAvroErrorOrNothing(() => decode(type, changed))
      expectAvroErrorOrNothing(() => decode(reader, changed, { writer: type }))
      expectAvroErrorOrNothing(() => skipperOf(type["~node"])(createReader(changed)))
    }),
    { numRuns: 1000 },
  )
})

test("random bytes decode to something or end in an AvroError", () => {
  fc.assert(
    fc.property(samples, fc.uint8Array({ maxLength: 60 }), ({ definition }, random) => {
      expectAvroErrorOrNothing(() => decode(parseSchema(definition), random))
    }),
    { numRuns: 1000 },
  )
})

function law(check: (sample: Sample) => void, numRuns = 500): void {
  fc.assert(fc.property(samples, check), { numRuns })
}

function expectAvroErrorOrNothing(action: () => unknown): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof AvroError)) throw error
  }
}
