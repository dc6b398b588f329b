import { once } from "node:events"
import { describe, expect, test } from "vitest"
import { protocol } from "../protocol/protocol.ts"
import { parseSchema, type Schema } from "../schema/schema.ts"
import { caught } from "../testing/caught.ts"
import { field, record } from "../testing/declare.ts"
import { emitted } from "../testing/emitted.ts"
import { hex } from "../testing/hex.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { type EmittedCodecs, withCodecs } from "./ahead-of-time.ts"

const definition = record("User", field("name", "string"), field("age", ["null", "int"], { default: null }))
const user = (): Schema => parseSchema(definition)
const stale =
  /^the codecs in the generated module of User were emitted for another .* generate the module again$/

describe("codecs that were emitted for a schema", () => {
  test("encode and decode its values, and leave errors to the closures", () => {
    const schema = user()
    expect(withCodecs(schema, emitted(user()))).toBe(schema)
    expect(schema["~codec"].encode?.name).toBe("encodeOrLeave")
    expect(hex(encode(schema, { name: "Ada" }))).toBe("0641646100")
    expect(decode(schema, encode(schema, { name: "Ada", age: 36 }))).toEqual({ name: "Ada", age: 36 })
    expect(caught(() => encode(schema, { name: 7 })).message).toBe(
      "Cannot encode User.name: expected a string, got 7",
    )
    expect(caught(() => decode(schema, new Uint8Array([6, 65]))).message).toBe(
      caught(() => decode(user(), new Uint8Array([6, 65]))).message,
    )
  })

  test.for([
    {
      what: "another version of the runtime",
      change: (codecs: EmittedCodecs) => ({ ...codecs, runtime: 0 }),
    },
    {
      what: "another declaration",
      change: () =>
        emitted(parseSchema(record("User", field("age", ["null", "int"]), field("name", "string")))),
    },
    {
      what: "another default",
      change: () =>
        emitted(
          parseSchema(
            record(
              "User",
              field("name", "string"),
              field("age", ["null", "int"]),
              field("more", "int", { default: 1 }),
            ),
          ),
        ),
    },
    { what: "nothing at all", change: ({ runtime }: EmittedCodecs) => ({ runtime, codecs: {} }) },
  ])("of $what are not used, which a warning says", async ({ change }) => {
    const schema = user()
    const warned = once(process, "warning")
    withCodecs(schema, change(emitted(user())))
    const [warning] = (await warned) as [Error & { code: string }]
    expect(warning.code).toBe("AVROLET_STALE_CODECS")
    expect(warning.message).toMatch(stale)
    expect(schema["~codec"].encode).toBeUndefined()
    expect(decode(schema, encode(schema, { name: "Ada" }))).toEqual({ name: "Ada", age: null })
  })

  test("are not asked for where a schema is too large for emitted code", async () => {
    const fields = Array.from({ length: 2100 }, (_, index) => field(`f${index}`, "int"))
    const large = parseSchema(record("Large", ...fields))
    expect(emitted(large).codecs).toEqual({})
    const warnings: unknown[] = []
    const listen = (warning: unknown): void => void warnings.push(warning)
    process.on("warning", listen)
    withCodecs(large, emitted(large))
    await new Promise(setImmediate) // warnings are given out a little later
    process.off("warning", listen)
    expect(warnings).toEqual([])
  })
})

test("codecs of a protocol are those of its messages, each once", () => {
  const echo = protocol({
    protocol: "Echo",
    types: [
      { type: "record", name: "Answer", fields: [{ name: "text", type: "string" }] },
      { type: "error", name: "Mute", fields: [] },
    ],
    messages: {
      echo: { request: [{ name: "query", type: "string" }], response: "Answer", errors: ["Mute"] },
      again: { request: [], response: "Answer" },
    },
  })
  const codecs = emitted(echo)
  expect(Object.keys(codecs.codecs)).toHaveLength(4) // two requests, Answer, Mute
  withCodecs(echo, codecs)
  const { echo: message, again } = echo.messages
  for (const { request, response } of [message, again]) {
    expect(request["~codec"].encode?.name).toBe("encodeOrLeave")
    expect(response["~codec"].decode?.name).toBe("decodeOrLeave")
  }
  expect(message.errors.map((error) => error["~codec"].encode?.name)).toEqual([undefined, "encodeOrLeave"])
  expect(decode(again.response, encode(message.response, { text: "hi" }))).toEqual({ text: "hi" })
})
