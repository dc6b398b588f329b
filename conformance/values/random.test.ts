// Random schemas and values, exchanged with Avro's own libraries. A case is one line to a peer and one
// back, so that thousands take seconds and a failing one still shrinks.

import { isDeepStrictEqual } from "node:util"
import { decodeJson, encode, encodeJson, parseSchema, randomValue } from "@avrolet/avro"
import fc from "fast-check"
import { afterAll, describe, expect, test } from "vitest"
import { type Sample, samples } from "../../packages/avro/src/testing/arbitrary.ts"
import { mutated } from "../../packages/avro/src/testing/mutated.ts"
import { agree } from "./agree.ts"
import { generalDifferences } from "./differences.ts"
import { answerOf, hex } from "./ours.ts"
import { type Answer, type Question, startJava, startPython } from "./peers.ts"

const RUNS = 2000
const choices = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 20 })

const peers = { java: await startJava(), python: await startPython() }
afterAll(async () => {
  await peers.java[Symbol.asyncDispose]()
  await peers.python[Symbol.asyncDispose]()
})

describe("Java and we", () => {
  test("give schemas the same form and fingerprints, and values the same bytes and JSON", () =>
    law(async (sample) => {
      const { schema, text, json, bytes } = written(sample)
      await expectAgreement("java", [
        { do: "parse", schema: text },
        { do: "encode", schema: text, json },
        { do: "single", schema: text, json },
      ])
      const single = answerOf({ do: "single", schema: text, json }).ok as string
      const [javas] = await expectAgreement("java", [
        { do: "decode", schema: text, hex: bytes },
        { do: "unsingle", schema: text, hex: single },
      ])
      if (javas?.ok !== "")
        expect(isDeepStrictEqual(decodeJson(schema, javas?.ok as string), sample.value)).toBe(true)
    }))

  test("put values in the same order", () =>
    law(async (sample, seeds) => {
      const { schema, text, bytes } = written(sample)
      const other = hex(encode(schema, randomValue(schema, { seed: seeds[0] ?? 0 })))
      await expectAgreement("java", [
        { do: "compare", schema: text, hex: bytes, other: bytes },
        { do: "compare", schema: text, hex: bytes, other },
        { do: "compare", schema: text, hex: other, other: bytes },
      ])
    }))

  test("read what was written with another schema", () =>
    law(async (sample, changes) => {
      const { writer, reader, bytes } = changed(sample, changes)
      await expectAgreement("java", [
        { do: "parse", schema: reader },
        { do: "decode", schema: reader, writer, hex: bytes },
      ])
    }))
})

describe("Python and we", () => {
  test("give schemas the same form and fingerprints, and values the same bytes and JSON", () =>
    law(async (sample) => {
      const { json, bytes } = written(sample)
      const text = JSON.stringify(withoutLogicalTypes(sample.definition))
      await expectAgreement("python", [
        { do: "parse", schema: text },
        { do: "encode", schema: text, json },
        { do: "decode", schema: text, hex: bytes },
      ])
    }))

  test("read what was written with another schema", () =>
    law(async (sample, changes) => {
      const { writer, reader, bytes } = changed(sample, changes)
      await expectAgreement("python", [{ do: "decode", schema: reader, writer, hex: bytes }])
    }))
})

function law(check: (sample: Sample, choices: readonly number[]) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(samples, choices, check), { numRuns: RUNS })
}

/**
 * A sample's bytes, and another schema to read them with. It has no logical types: whether what was a
 * string can be a UUID is no matter of resolution.
 */
function changed(sample: Sample, changes: readonly number[]) {
  const definition = withoutLogicalTypes(sample.definition)
  const reader = JSON.stringify(mutated(definition, changes))
  return { writer: JSON.stringify(definition), reader, bytes: written(sample).bytes }
}

/** The base types. Python makes objects of logical types, and not of all values; in bytes they are the same. */
function withoutLogicalTypes(definition: unknown): unknown {
  const isAnnotated = (part: unknown): part is { type: string } =>
    typeof part === "object" && part !== null && "logicalType" in part
  return JSON.parse(JSON.stringify(definition), (_key, part: unknown) =>
    isAnnotated(part) ? part.type : part,
  )
}

function written({ definition, value }: Sample) {
  const schema = parseSchema(definition)
  const bytes = hex(encode(schema, value))
  return { schema, text: JSON.stringify(definition), json: encodeJson(schema, value), bytes }
}

/** The answers of both are the same, but for what differences.ts lists. */
async function expectAgreement(name: keyof typeof peers, questions: readonly Question[]): Promise<Answer[]> {
  const answers = await peers[name].ask(...questions)
  for (const [index, question] of questions.entries()) {
    const ours = answerOf(question)
    const theirs = answers[index] ?? {}
    if (agree(question, ours, theirs)) continue
    if (generalDifferences[name].some((known) => known.applies(question, ours, theirs))) continue
    expect.fail(JSON.stringify({ question, ours, theirs }, undefined, 1))
  }
  return answers
}
