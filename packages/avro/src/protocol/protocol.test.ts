import { createHash } from "node:crypto"
import { describe, expect, test } from "vitest"
import { stopwatch } from "../fixtures/stopwatch.ts"
import { hostileNames } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { hex } from "../testing/hex.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { parseProtocol, protocol } from "./protocol.ts"

const Mail = protocol({
  protocol: "Mail",
  namespace: "example",
  doc: "Sends letters.",
  types: [
    {
      type: "record",
      name: "Letter",
      fields: [
        { name: "to", type: "string" },
        { name: "copies", type: "int", default: 1 },
      ],
    },
    { type: "error", name: "Undeliverable", fields: [{ name: "reason", type: "string" }] },
  ],
  messages: {
    send: { request: [{ name: "letter", type: "Letter" }], response: "string", errors: ["Undeliverable"] },
    count: { request: [], response: "long" },
    nudge: { request: [], response: "null", "one-way": true },
  },
})

describe("a protocol", () => {
  test("has its full name, its messages and its types (H1, H2, H3)", () => {
    expect(Mail.name).toBe("example.Mail")
    expect(Object.keys(Mail.messages)).toEqual(["send", "count", "nudge"])
    expect([...Mail.types.keys()]).toEqual(["example.Letter", "example.Undeliverable"])
    expect(Mail.types.get("example.Letter")).toMatchObject({
      name: "example.Letter",
      definition: { name: "Letter" },
    })
  })

  test("is known by the MD5 of its text (I6)", () => {
    const empty = protocol({ protocol: "P", messages: {} })
    expect(empty.text).toBe('{"protocol":"P","messages":{}}')
    expect(hex(empty.hash)).toBe(createHash("md5").update(empty.text).digest("hex"))
    expect(hex(empty.hash)).toBe("7a1936c5c48d8a291f35796d6bc2402e")
  })

  test("keeps the text it was parsed from, because its peers hash that", () => {
    const text = ' { "protocol" : "P",\n "doc": "\u00e9", "messages": {} }'
    const parsed = parseProtocol(text)
    expect(parsed.text).toBe(text)
    expect(hex(parsed.hash)).toBe(createHash("md5").update(text, "utf8").digest("hex"))
    expect(parseProtocol(JSON.parse(text)).text).toBe('{"protocol":"P","doc":"é","messages":{}}')
  })

  test("may have neither types nor messages", () => {
    expect(parseProtocol({ protocol: "P" })).toMatchObject({ name: "P", text: '{"protocol":"P"}' })
  })

  test("lists every named type in the order of definition, wherever it is defined", () => {
    const nested = parseProtocol({
      protocol: "a.P",
      types: [
        {
          type: "record",
          name: "Outer",
          fields: [{ name: "inner", type: { type: "enum", name: "b.Inner", symbols: ["A"] } }],
        },
        { type: "fixed", name: "Last", size: 1 },
      ],
      messages: {
        one: {
          request: [{ name: "a", type: { type: "record", name: "Asked", fields: [] } }],
          response: { type: "array", items: "Asked" },
        },
        two: { request: [], response: "Asked", errors: [{ type: "error", name: "Failed", fields: [] }] },
      },
    })
    expect([...nested.types.keys()]).toEqual(["a.Outer", "b.Inner", "a.Last", "a.Asked", "a.Failed"])
    expect(nested.types.get("b.Inner")?.definition).toEqual({ type: "enum", name: "b.Inner", symbols: ["A"] })
  })

  test("is frozen, and so are its messages", () => {
    expect(Object.isFrozen(Mail)).toBe(true)
    expect(Object.isFrozen(Mail.messages)).toBe(true)
    expect(Object.isFrozen(Mail.messages.send)).toBe(true)
  })

  test.for([
    { json: "{", message: "Invalid protocol: not JSON: " },
    { json: "[]", message: "Invalid protocol: a protocol is an object" },
    { json: null, message: "Invalid protocol: a protocol is an object" },
    { json: undefined, message: "Invalid protocol: a protocol is an object" },
    { json: {}, message: 'Invalid protocol: a protocol needs its name under "protocol"' },
    { json: { protocol: 1 }, message: 'a protocol needs its name under "protocol"' },
    { json: { protocol: "a-b" }, message: "Invalid protocol: a name starts with a letter or _" },
    {
      json: { protocol: "P", namespace: 1 },
      message: 'Invalid protocol: "namespace" must be a string, got 1',
    },
    { json: { protocol: "P", types: {} }, message: '"types" is an array of named types' },
    {
      json: { protocol: "P", types: ["int"] },
      message: "types[0] has no name; only records, enums and fixed have one",
    },
    { json: { protocol: "P", types: [{ type: "array", items: "int" }] }, message: "types[0] has no name" },
    { json: { protocol: "P", messages: null }, message: '"messages" is an object' },
    { json: { protocol: "P", messages: [] }, message: '"messages" is an object' },
  ])("$json is none (H1, H3)", ({ json, message }) => {
    const error = caught(() => parseProtocol(json))
    expect(error.code).toBe("ERR_AVRO_PROTOCOL")
    expect(error.message).toContain(message)
  })

  test("types are defined before they are used, and types before messages (A23, H3)", () => {
    const types = [
      { type: "record", name: "A", fields: [{ name: "b", type: "B" }] },
      { type: "record", name: "B", fields: [] },
    ]
    expect(caught(() => parseProtocol({ protocol: "P", types }))).toMatchObject({
      code: "ERR_AVRO_SCHEMA",
      message: expect.stringContaining(
        'Invalid schema at types[0].fields[0].type: unknown type "B"',
      ) as string,
    })
    parseProtocol({ protocol: "P", types: types.toReversed() })
    parseProtocol({ protocol: "P", messages: { m: { request: [], response: "B" } }, types: [types[1]] })
  })

  test("defaults may need types that come later in the same record", () => {
    const node = {
      type: "record",
      name: "N",
      fields: [
        { name: "next", type: ["null", "N"], default: { next: null } },
        { name: "x", type: "int", default: 1 },
      ],
    }
    parseProtocol({ protocol: "P", types: [node] })
  })
})

describe("a message", () => {
  test("takes its parameters as a record without a name (H4, H9)", () => {
    const { request } = Mail.messages.send
    const data = encode(request, { letter: { to: "Ada" } })
    expect(hex(data)).toBe("0641646102")
    expect(decode(request, data)).toEqual({ letter: { to: "Ada", copies: 1 } })
    expect(() => encode(request, { letter: { to: 1 as never } })).toThrow(
      "Cannot encode send.letter.to: expected a string, got 1",
    )
  })

  test("parameters are resolved like fields: by name, with defaults (H9)", () => {
    const ask = (...request: unknown[]): Parameters<typeof decode>[0] =>
      parseProtocol({ protocol: "P", messages: { ask: { request, response: "null" } } }).messages["ask"]
        ?.request as never
    const writer = ask({ name: "a", type: "int" }, { name: "dropped", type: "string" })
    const reader = ask({ name: "b", type: "string", default: "x" }, { name: "a", type: "long" })
    expect(decode(reader, encode(writer, { a: 1, dropped: "y" }), { writer })).toEqual({ b: "x", a: 1 })
  })

  test("effective errors are a string and then the declared ones (H5, H6)", () => {
    expect(Mail.messages.send.errors.map(({ name, definition }) => name ?? definition)).toEqual([
      "string",
      "example.Undeliverable",
    ])
    expect(Mail.messages.count.errors.map(({ definition }) => definition)).toEqual(["string"])
    expect(JSON.parse(Mail.text)).toMatchObject({ messages: { send: { errors: ["Undeliverable"] } } })
  })

  test("is one-way only where it says so (H7)", () => {
    expect([Mail.messages.nudge.oneWay, Mail.messages.count.oneWay]).toEqual([true, false])
  })

  test.for([
    {
      name: "one-way with a response (H7)",
      json: { request: [], response: "int", "one-way": true },
      message: 'a one-way message has the response "null" and no errors',
    },
    {
      name: "one-way with errors (H7)",
      json: { request: [], response: "null", errors: ["E"], "one-way": true },
      message: 'a one-way message has the response "null" and no errors',
    },
    {
      name: "one-way in text (H7)",
      json: { request: [], response: "null", "one-way": "yes" },
      message: '"one-way" is true or false',
    },
    {
      name: "no request (H4)",
      json: { response: "null" },
      message: 'a message needs a "request", an array of parameters',
    },
    { name: "no response (H4)", json: { request: [] }, message: 'a message needs a "response"' },
    {
      name: "errors that are no list (H4)",
      json: { request: [], response: "null", errors: "E" },
      message: '"errors" is an array of types',
    },
    {
      name: "a parameter twice (H4)",
      json: {
        request: [
          { name: "a", type: "int" },
          { name: "a", type: "int" },
        ],
        response: "null",
      },
      message: 'parameter "a" is declared twice',
    },
    { name: "text instead of an object (H4)", json: "int", message: "a message is an object" },
  ])("with $name is refused", ({ json, message }) => {
    const types = [{ type: "error", name: "E", fields: [] }]
    const error = caught(() => parseProtocol({ protocol: "P", types, messages: { bad: json } }))
    expect(error.code).toBe("ERR_AVRO_PROTOCOL")
    expect(error.message).toBe(`Invalid protocol at messages["bad"]: ${message}`)
  })

  test.for([
    {
      errors: ["string"],
      message: 'Invalid schema at messages["bad"].errors[1]: a union must not contain "string" twice',
    },
    { errors: ["E", "E"], message: 'a union must not contain "E" twice' },
    { errors: [["E"]], message: "a union must not contain another directly" },
    { errors: ["Missing"], message: 'Invalid schema at messages["bad"].errors[0]: unknown type "Missing"' },
  ])(
    "with the errors $errors is refused: they are a union with the string (H4, H5)",
    ({ errors, message }) => {
      const types = [{ type: "error", name: "E", fields: [] }]
      expect(() =>
        parseProtocol({ protocol: "P", types, messages: { bad: { request: [], response: "null", errors } } }),
      ).toThrow(message)
    },
  )

  test.for([
    {
      name: "a parameter",
      json: { request: [{ name: "a", type: "X" }], response: "null" },
      at: 'messages["m"].request[0].type',
    },
    {
      name: "a parameter without a type",
      json: { request: [{ name: "a" }], response: "null" },
      at: 'messages["m"].request[0]',
    },
    {
      name: "a parameter's default",
      json: { request: [{ name: "a", type: "int", default: "x" }], response: "null" },
      at: 'messages["m"].request[0].default',
    },
    {
      name: "a response",
      json: { request: [], response: { type: "map", values: "X" } },
      at: 'messages["m"].response.values',
    },
  ])("$name that is wrong is said to be there", ({ json, at }) => {
    expect(() => parseProtocol({ protocol: "P", messages: { m: json } })).toThrow(`Invalid schema at ${at}: `)
  })

  test("of no name is refused, because that is every protocol's ping", () => {
    expect(() =>
      parseProtocol({ protocol: "P", messages: { "": { request: [], response: "null" } } }),
    ).toThrow("a message needs a name")
  })

  test.for(hostileNames)("may be called %s, and is there only if it was declared", (name) => {
    const declared = parseProtocol(
      `{"protocol": "P", "messages": {"${name}": {"request": [], "response": "int"}}}`,
    )
    expect(declared.messages[name]).toMatchObject({ name, response: { definition: "int" } })
    expect(Object.keys(declared.messages)).toEqual([name])
    expect(Object.getPrototypeOf(declared.messages)).toBeNull()
    expect(parseProtocol({ protocol: "P", messages: {} }).messages[name]).toBeUndefined()
  })

  test("longs are bigints where the protocol says so", () => {
    const exact = protocol(
      { protocol: "P", messages: { m: { request: [], response: "long" } } },
      { long: "bigint" },
    )
    expect(decode(exact.messages.m.response, encode(exact.messages.m.response, 5))).toBe(5n)
  })
})

test("a protocol of very many parameters takes no more than its share of time", () => {
  const millis = stopwatch()
  const request = Array.from({ length: 60_000 }, (_, index) => ({ name: `p${index}`, type: "int" }))
  parseProtocol({ protocol: "P", messages: { m: { request, response: "null" } } })
  expect(millis()).toBeLessThan(2000)
})
