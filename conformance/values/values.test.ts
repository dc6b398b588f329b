// Values and schemas chosen by hand, exchanged with Avro's own libraries: what we answer, and what they do.

import { readFileSync } from "node:fs"
import {
  canonicalForm,
  decodeSingleObject,
  encodeSingleObject,
  fingerprint,
  parseSchema,
} from "@avrolet/avro"
import { afterAll, describe, expect, test } from "vitest"
import { agree } from "./agree.ts"
import { canonicalCases } from "./cases/canonical.ts"
import { binaryCases, jsonCases, singleObjectCases } from "./cases/encoding.ts"
import { logicalCases } from "./cases/logical.ts"
import { orderCases } from "./cases/order.ts"
import { resolutionCases } from "./cases/resolution.ts"
import { schemaCases } from "./cases/schema.ts"
import { differences, schemasPythonAccepts } from "./differences.ts"
import { answerOf, hex } from "./ours.ts"
import { type Answer, type Question, startJava, startPython } from "./peers.ts"

const cases = [
  ...schemaCases,
  ...binaryCases,
  ...jsonCases,
  ...singleObjectCases,
  ...orderCases,
  ...resolutionCases,
  ...canonicalCases,
]

const java = await startJava()
const python = await startPython()
afterAll(async () => {
  await java[Symbol.asyncDispose]()
  await python[Symbol.asyncDispose]()
})

const published = (name: string): Buffer =>
  readFileSync(new URL(`../java/.jars/share/test/data/${name}`, import.meta.url))

test("the peers are of the versions that are pinned", () => {
  console.info(
    `Peers: Java ${java.versions["java"]}, avro ${java.versions["avro"]}; ` +
      `Python ${python.versions["python"]}, avro ${python.versions["avro"]}; Node ${process.version}`,
  )
  const pin = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8")
  expect(pin("../java/pom.xml")).toContain(`<avro.version>${java.versions["avro"]}<`)
  expect(pin("../python/requirements.txt")).toContain(`avro==${python.versions["avro"]}\n`)
})

describe("we, by rule", () => {
  test.for(named(cases))("%s", ([, { question, ok }]) => {
    const answer = answerOf(question)
    const expected = ok === undefined ? { error: "refused" } : { ok }
    if (question.do === "parse" && ok !== undefined) expect(answer.ok).toMatchObject({ canonical: ok })
    else expect(agree(question, answer, expected), said(answer)).toBe(true)
  })
})

describe.each([
  ["java", { peer: java, skips: [] }],
  // It has neither an order nor single objects.
  ["python", { peer: python, skips: ["compare", "single", "unsingle"] }],
] as const)("%s and we, by rule", (name, { peer, skips }) => {
  const differs = new Map(differences[name].map((known) => [known.case, known.reason]))

  test.for(named(cases.filter(({ question }) => !(skips as readonly string[]).includes(question.do))))(
    "%s",
    async ([rule, { question }]) => {
      const [theirs = {}] = await peer.ask(question)
      const ours = answerOf(question)
      const reason = differs.get(rule)
      const context = `ours ${said(ours)}, theirs ${said(theirs)}, known: ${reason}`
      expect(agree(question, ours, theirs), context).toBe(reason === undefined)
    },
  )

  test("no difference is listed for a case that is not there", () => {
    const names = new Set(cases.map((one) => one.name))
    expect([...differs.keys()].filter((rule) => !names.has(rule))).toEqual([])
  })
})

describe("logical types are what their conversions make of them, and are written again as they were", () => {
  test.for(named(logicalCases))("%s", async ([, { schema, bytes, ours, java: javas, python: pythons }]) => {
    const question: Question = { do: "logical", schema, hex: bytes }
    expect(answerOf(question)).toEqual({ ok: { value: ours, hex: bytes } })
    expect(await java.ask(question)).toEqual([{ ok: { value: javas, hex: bytes } }])
    if (pythons !== undefined)
      expect(await python.ask(question)).toEqual([{ ok: { value: pythons, hex: bytes } }])
  })
})

describe("Apache's schema-tests", () => {
  test.for(named(schemaTests(published("schema-tests.txt").toString("utf8"))))(
    "%s",
    ([, { input, form, print }]) => {
      const schema = parseSchema(input)
      expect(canonicalForm(schema)).toBe(form)
      if (print !== undefined) {
        expect(Buffer.from(fingerprint(schema)).readBigInt64LE()).toBe(BigInt(print))
      }
    },
  )

  test("Apache's single object", () => {
    const schema = parseSchema(published("messageV1/test_schema.avsc").toString("utf8"))
    const value = { id: 42, name: "Bill", tags: ["dog_lover", "cat_hater"] }
    const message = published("messageV1/test_message.bin")
    expect(decodeSingleObject(schema, message)).toEqual(value)
    expect(hex(encodeSingleObject(schema, value))).toBe(hex(message))
  })

  test("the schemas of Python's own tests are valid to us where they are to it", async () => {
    const [answer] = await python.ask({ do: "examples" })
    const examples = answer?.ok as { schema: string; valid: boolean }[]
    const differing = examples.filter(
      ({ schema, valid }) => (answerOf({ do: "parse", schema }).error === undefined) !== valid,
    )
    expect(examples.length).toBeGreaterThan(80)
    expect(differing.map(({ schema }) => schema)).toEqual(
      schemasPythonAccepts.map(({ case: schema }) => schema),
    )
  })
})

interface SchemaTest {
  readonly name: string
  readonly input: string
  readonly form: string
  readonly print: string | undefined
}

/** `<<INPUT text` or `<<INPUT`, lines and `INPUT`; then `<<canonical text`, perhaps `<<fingerprint number`. */
function schemaTests(text: string): SchemaTest[] {
  const pattern = /^<<INPUT(?: (.+)|\n([^]+?)\nINPUT)\n<<canonical (.+)(?:\n<<fingerprint (.+))?$/gm
  const tests = Array.from(text.matchAll(pattern), ([, line, lines, form = "", print]) => {
    const input = line ?? lines ?? ""
    return { name: input.replaceAll(/\s+/g, " "), input, form, print }
  })
  if (tests.length !== text.match(/^<<canonical/gm)?.length)
    throw new Error("schema-tests.txt has another format")
  return tests
}

const named = <T extends { readonly name: string }>(list: readonly T[]) =>
  list.map((one) => [one.name, one] as const)

const said = (answer: Answer): string => JSON.stringify(answer)
