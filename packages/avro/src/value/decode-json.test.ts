import { describe, expect, test } from "vitest"
import { parseSchema, schema } from "../schema/schema.ts"
import { caught } from "../testing/caught.ts"
import { array, field, fixed, map, record, symbols } from "../testing/declare.ts"
import { decodeJson } from "./decode-json.ts"

const user = record("a.User", field("name", "string"), field("email", ["null", "string"], { default: null }))

describe("decodeJson reads", () => {
  test.for<{ name: string; type: unknown; json: string; value: unknown }>([
    {
      name: "space anywhere",
      type: map(array("int")),
      json: ' \n{ "a"\t: [ 1 ,\r2 ] } ',
      value: { a: [1, 2] },
    },
    { name: "an integer however it is written", type: "int", json: "1.5e1", value: 15 },
    { name: "an int of minus zero as 0", type: "int", json: "-0", value: 0 },
    { name: "a long of minus zero as 0", type: "long", json: "-0.0", value: 0 },
    { name: "an integer as a double", type: "double", json: "3", value: 3 },
    { name: "a double as a float", type: "float", json: "0.1", value: Math.fround(0.1) },
    { name: "Java's short infinity", type: "double", json: '"INF"', value: Infinity },
    { name: "Java's short minus infinity", type: "float", json: '"-INF"', value: -Infinity },
    { name: "escapes", type: "string", json: String.raw`"\u0041\\\"\ud83d\ude00"`, value: 'A\\"😀' },
    { name: "a string that ends in a backslash", type: array("string"), json: '["\\\\"]', value: ["\\"] },
    {
      name: "fields in any order, into the schema's",
      type: record("R", field("a", "int"), field("b", "int")),
      json: '{"b":2,"a":1}',
      value: { a: 1, b: 2 },
    },
    {
      name: "a field left out as its default",
      type: user,
      json: '{"name":"Ada"}',
      value: { name: "Ada", email: null },
    },
    { name: "a key written with escapes", type: ["null", "int"], json: String.raw`{"\u0069nt":1}`, value: 1 },
  ])("$name", ({ type, json, value }) => {
    const read = decodeJson(parseSchema(type), json)
    expect(read).toStrictEqual(value)
    expect(JSON.stringify(read)).toBe(JSON.stringify(value))
  })
})

describe("decodeJson refuses", () => {
  const either = ["null", "string"]
  test.for<{ name: string; type: unknown; json: string; message: string; path?: string; code?: string }>([
    { name: "another type", type: "int", json: '"1"', message: 'Cannot decode int: expected an int, got "' },
    { name: "a boolean for a null", type: "null", json: "false", message: "expected null, got false" },
    { name: "a number for a boolean", type: "boolean", json: "1", message: "expected true or false, got 1" },
    {
      name: "an array for a record",
      type: user,
      json: "[]",
      message: "Cannot decode User: expected an object",
    },
    { name: "an object for an array", type: array("int"), json: "{}", message: "expected an array, got {" },
    { name: "a fraction for an int (D5)", type: "int", json: "1.5", message: "integer of 32 bits, got 1.5" },
    { name: "an int past 2^31 (D5)", type: "int", json: "2147483648", message: "of 32 bits, got 2147483648" },
    { name: "a fraction for a long (D5)", type: "long", json: "0.5", message: "an integer of 64 bits" },
    { name: "a long past 2^63 (D5)", type: "long", json: "9223372036854775808", message: "of 64 bits" },
    { name: "a long of a million digits (D5)", type: "long", json: "9".repeat(1e6), message: "of 64 bits" },
    {
      name: "a long that may be rounded",
      type: "long",
      json: "9.007199254740993e15",
      message: "all its digits",
    },
    {
      name: "a long past 2^53 for a number",
      type: record("R", field("id", "long")),
      json: '{"id":9007199254740993}',
      message: "Cannot decode R.id: the long 9007199254740993 is outside ±(2^53 - 1) and would lose digits",
      path: ".id",
      code: "ERR_AVRO_LONG_RANGE",
    },
    { name: "a double past its range (D5)", type: "double", json: "1e309", message: "1e309 is out of range" },
    { name: "a float past its range (D5)", type: "float", json: "-1e39", message: "-1e39 is out of range" },
    { name: "other words for numbers", type: "double", json: '"nan"', message: 'or "-Infinity", got nan' },
    { name: "NaN without quotes", type: "double", json: "NaN", message: "expected a number, got NaN" },
    { name: "bytes past U+00FF (D3)", type: "bytes", json: '"aĀb"', message: 'up to U+00FF, got "Āb"' },
    {
      name: "a fixed of another size (D3)",
      type: fixed("F", 2),
      json: '"abc"',
      message: "expected 2 bytes, got 3",
    },
    { name: "an unknown symbol", type: symbols("E", ["A"]), json: '"a"', message: 'no symbol "a"' },
    { name: "half a surrogate pair", type: "string", json: String.raw`"\ud83d"`, message: "surrogate pair" },
    {
      name: "half a surrogate pair as a key",
      type: map("int"),
      json: String.raw`{"\ud83d":1}`,
      message: "surr",
    },
    { name: "a bare value in a union (D2)", type: either, json: '"a"', message: 'or {"string": …}, got "' },
    {
      name: "a null that the union has not (D2)",
      type: ["int", "string"],
      json: "null",
      message: "got null",
    },
    { name: "an unknown branch (D5)", type: either, json: '{"int":1}', message: 'got {"int": …}' },
    { name: "a named null (D5)", type: either, json: '{"null":null}', message: 'got {"null": …}' },
    {
      name: "the short name of a branch (D2)",
      type: ["null", user],
      json: '{"User":{}}',
      message: '{"User": …}',
    },
    {
      name: "a union of no key (D5)",
      type: either,
      json: "{}",
      message: "expected the name of a branch, got }",
    },
    {
      name: "a second key in a union (D5)",
      type: either,
      json: '{"string":"a","string":"b"}',
      message: 'expected "}" after the one branch, got ,',
    },
    {
      name: "a key that is no field (D5)",
      type: user,
      json: '{"name":"a","eMail":null}',
      message: 'Cannot decode User: the record a.User has no field "eMail"',
    },
    {
      name: "a field twice (D5)",
      type: user,
      json: '{"name":"a","name":"b"}',
      message: 'key "name" comes twice',
    },
    { name: "a key of a map twice", type: map("int"), json: '{"a":1,"a":2}', message: 'key "a" comes twice' },
    {
      name: "a missing field",
      type: user,
      json: "{}",
      message: '"name" of a.User is missing and has no default',
    },
    {
      name: "what is wrong deep inside, with the whole path",
      type: record("R", field("list", array(map(["int", "long"])))),
      json: '{"list":[{},{"a b":{"int":"x"}}]}',
      message: 'Cannot decode R.list[1]["a b"].int: expected an int, got "',
      path: '.list[1]["a b"].int',
    },
  ])("$name", ({ type, json, message, path, code = "ERR_AVRO_DATA" }) => {
    const error = caught(() => decodeJson(parseSchema(type), json))
    expect(error.message).toContain(message)
    expect(error.code).toBe(code)
    if (path !== undefined) expect(error.path).toBe(path)
  })

  test.for([
    { json: "", message: "expected an array, got the end of the text, at character 0" },
    { json: "[1,2", message: 'expected "," or "]", got the end of the text, at character 4' },
    { json: "[1,]", message: "expected an int, got ], at character 3" },
    { json: "[01]", message: 'expected "," or "]", got 1, at character 2' },
    { json: "[+1]", message: "expected an int, got +1, at character 1" },
    { json: "[1] [2]", message: "expected the end of the text, got [, at character 4" },
    { json: "\ufeff[1]", message: "at character 0" },
  ])("what is not JSON: $json", ({ json, message }) => {
    expect(() => decodeJson(parseSchema(array("int")), json)).toThrow(message)
  })

  test.for([
    { json: '"abc', message: "a string without an end, at character 0" },
    { json: String.raw`"abc\"`, message: "a string without an end" },
    { json: String.raw`"\x41"`, message: "a control character or an unknown escape" },
    { json: '"a\nb"', message: "a control character or an unknown escape" },
    { json: "'a'", message: "expected a string, got '" },
  ])("what is not a JSON string: $json", ({ json, message }) => {
    expect(() => decodeJson(schema("string"), json)).toThrow(message)
  })

  test("what JSON.parse returns, which is not text", () => {
    const error = caught(() => decodeJson(parseSchema(user), { name: "Ada" } as never))
    expect(error.message).toBe("decodeJson takes JSON text, got an object")
  })

  test("text that nests deeper than its limit", () => {
    const tree = parseSchema(record("Tree", field("all", array("Tree"))))
    const nested = (depth: number): string => `${'{"all":['.repeat(depth)}${"]}".repeat(depth)}`
    expect(decodeJson(tree, nested(128))).toBeDefined()
    expect(caught(() => decodeJson(tree, nested(129))).code).toBe("ERR_AVRO_LIMIT")
    expect(caught(() => decodeJson(tree, nested(1e5))).code).toBe("ERR_AVRO_LIMIT")
    expect(caught(() => decodeJson(tree, nested(2), { limits: { maxDepth: 3 } })).code).toBe("ERR_AVRO_LIMIT")
  })
})
