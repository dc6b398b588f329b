import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseSchema, type SchemaOptions } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { field, record, symbols } from "../testing/declare.ts"
import { mutated } from "../testing/mutated.ts"
import { codecKey, RUNTIME_VERSION } from "./codec-key.ts"
import { emitDecoder } from "./emit/decoder.ts"
import { emitEncoder } from "./emit/encoder.ts"
import { runtime } from "./runtime/index.ts"

const keyOf = (definition: unknown, options?: SchemaOptions): string =>
  codecKey(parseSchema(definition, options)["~node"])

describe("the key of a schema's codec", () => {
  test("is another wherever the code is another", () => {
    fc.assert(
      fc.property(samples, fc.array(fc.nat(), { minLength: 1 }), ({ definition }, choices) => {
        const [one, other] = [definition, mutated(definition, choices)].map(
          (json) => attempt(json)?.["~node"],
        )
        if (one === undefined || other === undefined) return
        const isSame = emitEncoder(one) === emitEncoder(other) && emitDecoder(one) === emitDecoder(other)
        if (!isSame) expect(codecKey(other)).not.toBe(codecKey(one))
      }),
      { numRuns: 1000 },
    )
  })

  test("is the same for the same declaration, whatever it says to readers", () => {
    const plain = record("a.R", field("x", ["null", "long"], { default: null }))
    const spoken = {
      ...record("R", field("x", ["null", "long"], { default: null, doc: "X.", aliases: ["y"] })),
      namespace: "a",
      doc: "R.",
    }
    expect(keyOf(spoken)).toBe(keyOf(plain))
  })

  test.for<[string, unknown, unknown, SchemaOptions?, SchemaOptions?]>([
    [
      "a default",
      record("R", field("x", "int", { default: 1 })),
      record("R", field("x", "int", { default: 2 })),
    ],
    ["whether there is one", record("R", field("x", "int", { default: 1 })), record("R", field("x", "int"))],
    ["the name of a field", record("R", field("x", "int")), record("R", field("y", "int"))],
    ["what a union calls a branch", ["int", record("A"), record("B")], ["int", record("A"), record("C")]],
    ["a symbol", symbols("E", ["A", "B"]), symbols("E", ["B", "A"])],
    ["a size", { type: "fixed", name: "F", size: 1 }, { type: "fixed", name: "F", size: 2 }],
    ["a logical type", { type: "int", logicalType: "date" }, "int"],
    ["what a long is", "long", "long", {}, { long: "bigint" }],
  ])("depends on %s", ([, one, other, options, otherOptions]) => {
    expect(keyOf(one, options)).not.toBe(keyOf(other, otherOptions))
  })
})

/**
 * Where this fails, code that was emitted into modules before would not find what it calls: count
 * RUNTIME_VERSION up, and write down here what there is now. Do so too where a function means something else.
 */
test("the version of the runtime counts the changes of what emitted code calls", () => {
  const signatures = Object.entries(runtime).map(([name, value]) =>
    typeof value === "function" ? `${name}/${value.length}` : name,
  )
  expect([RUNTIME_VERSION, ...signatures.toSorted()].join(" ")).toBe(
    "1 Keys/0 MISFIT SLACK countEntries/1 hasOwn/1 isObject/1 onlyKey/1 ownField/2 readBigInt/3 readBytes/3 " +
      "readCount/4 readDefault/2 readDouble/2 readFixed/4 readFloat/2 readFloats/4 readInt/3 readLength/3 " +
      "readLong/3 readString/3 readViaClosure/4 reserve/2 resolverOf/2 setOwn/3 skipNumber/3 skipSized/3 " +
      "skipperOf/1 writeBytes/3 writeFixed/4 writeFloats/4 writeLong/3 writeString/3 writeVarint/3",
  )
})

function attempt(definition: unknown): ReturnType<typeof parseSchema> | undefined {
  try {
    return parseSchema(definition)
  } catch {
    return undefined
  }
}
