import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { AvroError } from "../errors.ts"
import { stopwatch } from "../fixtures/stopwatch.ts"
import { parseProtocol } from "../protocol/protocol.ts"
import { parseSchema, type Schema } from "../schema/schema.ts"
import { samples } from "../testing/arbitrary.ts"
import { array, field, fixed, map, record, symbols } from "../testing/declare.ts"
import { mutated } from "../testing/mutated.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"
import { canRead, type Incompatibility, incompatibilities } from "./can-read.ts"

const decimal = (precision: number, scale: number): object => ({
  type: "bytes",
  logicalType: "decimal",
  precision,
  scale,
})

describe("canRead says yes to", () => {
  test.for<{ name: string; writer: unknown; reader: unknown }>([
    { name: "items that can be read (J1)", writer: array(map("int")), reader: array(map("double")) },
    { name: "another namespace (J2)", writer: fixed("a.F", 2), reader: fixed("b.F", 2) },
    { name: "an int as a long (J3)", writer: "int", reader: "long" },
    { name: "a string as bytes (J3)", writer: "string", reader: "bytes" },
    {
      name: "fields in another order, dropped ones and defaults (J4)",
      writer: record("R", field("a", "int"), field("b", "int"), field("c", "string")),
      reader: record("R", field("b", "int"), field("a", "long"), field("d", "int", { default: 1 })),
    },
    {
      name: "symbols that are all known (J5)",
      writer: symbols("E", ["A"]),
      reader: symbols("E", ["B", "A"]),
    },
    {
      name: "unknown symbols with a default (J5)",
      writer: symbols("E", ["A", "C"]),
      reader: symbols("E", ["B", "A"], { default: "B" }),
    },
    {
      name: "a branch less in the writer's union (J7)",
      writer: ["null", "int"],
      reader: ["null", "int", "string"],
    },
    { name: "a union of the same meaning (J6)", writer: ["int", "long"], reader: "double" },
    { name: "what is no union as one (J7)", writer: "int", reader: ["null", "long"] },
    {
      name: "aliases of types and fields (J9)",
      writer: record("Old", field("x", "int")),
      reader: { ...record("New", field("y", "int", { aliases: ["x"] })), aliases: ["Old"] },
    },
    { name: "documentation (J10)", writer: record("R"), reader: { ...record("R"), doc: "new" } },
    { name: "the same decimals (J11)", writer: decimal(4, 2), reader: decimal(4, 2) },
    { name: "decimals as bytes (J11)", writer: decimal(4, 2), reader: "bytes" },
    {
      name: "recursive types (J4)",
      writer: record("Tree", field("x", "int"), field("all", array("Tree"))),
      reader: record("Tree", field("all", array("Tree")), field("x", "long")),
    },
  ])("$name", ({ writer, reader }) => {
    expect(problems(reader, writer)).toEqual([])
    expect(canRead(parseSchema(reader), parseSchema(writer))).toBe(true)
  })

  test("a schema and itself", () => {
    const type = parseSchema(record("R", field("next", ["null", "R"])))
    expect(canRead(type, type)).toBe(true)
  })
})

describe("canRead says no, always, to", () => {
  test.for<{ name: string; writer: unknown; reader: unknown; path?: string; reason: string }>([
    {
      name: "an array as a map (J1)",
      writer: array("int"),
      reader: map("int"),
      reason: "array cannot be read as map",
    },
    {
      name: "another name (J2)",
      writer: record("R"),
      reader: record("S"),
      reason: "their names differ; add",
    },
    {
      name: "another size (J2)",
      writer: fixed("F", 2),
      reader: fixed("F", 3),
      reason: "of 2 bytes is not one of 3",
    },
    { name: "a long as an int (J3)", writer: "long", reader: "int", reason: "long cannot be read as int" },
    {
      name: "a missing field (J4)",
      writer: record("R"),
      reader: record("R", field("a", "int")),
      reason: 'field "a" is missing from the writer and has no default; add one',
    },
    {
      name: "a field of another type (J4)",
      writer: record("R", field("s", record("S", field("x", "string")))),
      reader: record("R", field("s", record("S", field("x", "int")))),
      path: ".s.x",
      reason: "string cannot be read as int",
    },
    {
      name: "an enum of other symbols (J5)",
      writer: symbols("E", ["A", "B"]),
      reader: symbols("E", ["C"]),
      reason: `the reader's enum has neither "A", "B" nor a default`,
    },
    {
      name: "a union of one branch (J6)",
      writer: ["string"],
      reader: "int",
      reason: "string cannot be read as int",
    },
    {
      name: "what no branch matches (J7)",
      writer: "string",
      reader: ["null", "int"],
      reason: "no branch for string",
    },
    {
      name: "what the branch that matches refuses (J7)",
      writer: record("R"),
      reader: ["int", "long", record("a.R", field("x", "int"))],
      path: '["a.R"]',
      reason: 'field "x" is missing',
    },
    {
      name: "an alias in another namespace (J9)",
      writer: record("b.Old"),
      reader: { ...record("a.New"), aliases: ["Old"] },
      reason: "their names differ",
    },
    {
      name: "another scale (J11)",
      writer: decimal(4, 2),
      reader: decimal(4, 1),
      reason: "a decimal of precision 4 and scale 2 is not one of 4 and 1",
    },
  ])("$name", ({ writer, reader, path = "", reason }) => {
    expect(problems(reader, writer)).toEqual([
      { path, when: "always", message: expect.stringContaining(reason) as string },
    ])
    expect(canRead(parseSchema(reader), parseSchema(writer))).toBe(false)
  })
})

describe("canRead says no, because of some values, to", () => {
  test.for<{ name: string; writer: unknown; reader: unknown; path: string; reason: string }>([
    {
      name: "items (J1)",
      writer: array("string"),
      reader: array("int"),
      path: "[*]",
      reason: "string cannot be",
    },
    {
      name: "values of a map (J1)",
      writer: map("string"),
      reader: map("int"),
      path: ".*",
      reason: "string cannot",
    },
    {
      name: "a symbol (J5)",
      writer: symbols("E", ["A", "B"]),
      reader: symbols("E", ["B"]),
      path: "",
      reason: `neither "A" nor a default`,
    },
    {
      name: "a branch (J6, J8)",
      writer: ["null", "int"],
      reader: "long",
      path: "",
      reason: "null cannot be read as",
    },
    {
      name: "a branch of both unions (J7)",
      writer: ["null", "int", "string"],
      reader: ["null", "int"],
      path: "",
      reason: "the reader's union has no branch for string",
    },
    {
      name: "what is deep inside (J8)",
      writer: record("R", field("a", array(record("S", field("x", ["null", "string"]))))),
      reader: record("R", field("a", array(record("S", field("x", ["null", "int"]))))),
      path: ".a[*].x",
      reason: "no branch for string",
    },
  ])("$name", ({ writer, reader, path, reason }) => {
    expect(problems(reader, writer)).toEqual([
      { path, when: "sometimes", message: expect.stringContaining(reason) as string },
    ])
    expect(canRead(parseSchema(reader), parseSchema(writer))).toBe(false)
  })
})

describe("incompatibilities", () => {
  test("are all of them, those that always hold first", () => {
    const writer = record("R", field("list", array("string")), field("x", "string"), field("y", "string"))
    const reader = record("R", field("list", array("int")), field("x", "int"), field("z", "int"))
    expect(problems(reader, writer).map(({ path, when }) => `${path} ${when}`)).toEqual([
      " always",
      ".x always",
      ".list[*] sometimes",
    ])
  })

  test("of a pair that always meets are not reported as less", () => {
    const inner = (type: string): object => record("S", field("x", type))
    const outer = (type: string): object => record("R", field("list", array(inner(type))), field("one", "S"))
    expect(problems(outer("int"), outer("string"))).toMatchObject([{ path: ".one.x", when: "always" }])
  })

  test("of recursive types come to an end", () => {
    const cycle = (length: number, index = 0): object => {
      const next = index + 1 === length ? "a0.T" : cycle(length, index + 1)
      return record(`a${index}.T`, field("leaf", "int"), field("next", ["null", next]))
    }
    expect(problems(cycle(7), cycle(11))).toEqual([])
  })

  test("of types chained by their names need no stack", () => {
    const chain = (leaf: string): Schema => {
      const types = Array.from({ length: 20_000 }, (_, index) =>
        record(`T${index}`, field("next", index === 0 ? leaf : `T${index - 1}`)),
      )
      return parseProtocol({ protocol: "P", types }).types.get("T19999") as Schema
    }
    expect(incompatibilities(chain("int"), chain("string"))).toHaveLength(1)
  })

  test("of schemas made to take forever are given up, and not called readable", () => {
    // Each of the one's types comes to meet each of the other's.
    const mesh = (second: number): Schema => {
      const types = Array.from({ length: 3000 }, (_, index) => {
        const before = (by: number): string => (index < by ? "int" : `n${index - by}.T`)
        return record(`n${index}.T`, field("a", before(1)), field("b", before(second)))
      })
      return parseProtocol({ protocol: "P", types }).types.get("n2999.T") as Schema
    }
    const millis = stopwatch()
    const found = incompatibilities(mesh(2), mesh(1))
    expect(millis()).toBeLessThan(10_000)
    expect(found.at(-1)?.message).toBe("the schemas are too large to be compared to the end")
  })
})

test("canRead agrees with what resolution does (J4, J8)", () => {
  const tally = { readable: 0, sometimes: 0, always: 0 }
  fc.assert(
    fc.property(
      samples,
      fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
      ({ definition, value }, choices) => {
        const writer = parseSchema(definition)
        const reader = parsed(mutated(definition, choices))
        if (reader === undefined) return
        const found = incompatibilities(reader, writer)
        const code = codeOf(() => decode(reader, encode(writer, value), { writer }))
        if (found.length === 0) expect(code).not.toBe("ERR_AVRO_RESOLUTION")
        if (found.some(({ when }) => when === "always")) expect(code).toBeDefined()
        expect(canRead(reader, writer)).toBe(found.length === 0)
        tally[found[0]?.when ?? "readable"]++
      },
    ),
    { numRuns: 2000 },
  )
  // The law says something only if all three come up.
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(50)
})

const problems = (reader: unknown, writer: unknown): readonly Incompatibility[] =>
  incompatibilities(parseSchema(reader), parseSchema(writer))

/** The schema of a declaration that mutations may have made invalid. */
function parsed(definition: unknown): Schema | undefined {
  try {
    return parseSchema(definition)
  } catch (error) {
    if (error instanceof AvroError) return undefined
    throw error
  }
}

function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    if (error instanceof AvroError) return error.code
    throw error
  }
}
