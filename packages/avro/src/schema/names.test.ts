import { describe, expect, test } from "vitest"
import { caught } from "../testing/caught.ts"
import { parseSchema } from "./schema.ts"

const record = (name: unknown, namespace?: unknown, ...types: unknown[]): object => ({
  type: "record",
  name,
  ...(namespace === undefined ? {} : { namespace }),
  fields: types.map((type, index) => ({ name: `f${index}`, type })),
})

describe("a full name", () => {
  test.for([
    { name: "a simple name alone is in the null namespace (A15)", json: record("R"), full: "R" },
    { name: "an empty namespace is the null namespace (A15)", json: record("R", ""), full: "R" },
    { name: "a simple name stands in its namespace (A17)", json: record("R", "a.b"), full: "a.b.R" },
    {
      name: "a dotted name is full, and its namespace ignored (A16)",
      json: record("x.y.R", "a.b"),
      full: "x.y.R",
    },
    { name: "an ignored namespace need not be one (A16)", json: record("x.R", "not one"), full: "x.R" },
    { name: "names may have digits and _ (A13)", json: record("_R2", "_a1.B_"), full: "_a1.B_._R2" },
  ])("$name", ({ json, full }) => {
    expect(parseSchema(json).name).toBe(full)
  })

  test.for([
    { name: "R-1", namespace: undefined },
    { name: "1R", namespace: undefined },
    { name: "", namespace: undefined },
    { name: "R\n", namespace: undefined },
    { name: "Ünï", namespace: undefined },
    { name: "a..R", namespace: undefined },
    { name: ".R", namespace: undefined },
    { name: "a.", namespace: undefined },
    { name: "R", namespace: "a-b" },
    { name: "R", namespace: "a..b" },
    { name: "R", namespace: "." },
  ])("$name in the namespace $namespace is refused (A13, A14, A30)", ({ name, namespace }) => {
    expect(caught(() => parseSchema(["null", record(name, namespace)])).message).toMatch(
      /^Invalid schema at \[1\]: a name starts with a letter or _ and goes on with letters, digits and _, got "/,
    )
  })

  test("a name and a namespace are text", () => {
    expect(() => parseSchema(record(1))).toThrow('Invalid schema: "name" must be a string, got 1')
    expect(() => parseSchema(record("R", 1))).toThrow('Invalid schema: "namespace" must be a string, got 1')
  })

  test.for(["null", "boolean", "int", "long", "float", "double", "bytes", "string"])(
    "%s is no name for a type, in any namespace (A20)",
    (name) => {
      expect(() => parseSchema(record(name))).toThrow(
        `"${name}" has the name of a primitive type; choose another`,
      )
      expect(() => parseSchema(record(name, "a"))).toThrow(
        `"a.${name}" has the name of a primitive type; choose another`,
      )
      expect(() => parseSchema({ type: "enum", name: `a.${name}`, symbols: [] })).toThrow("primitive type")
    },
  )
})

describe("a reference", () => {
  test.for([
    { name: "a simple name means the namespace around it (A19)", json: record("a.R", undefined, "R") },
    {
      name: "a dotted name means itself (A19)",
      json: record("a.R", undefined, record("b.S", undefined, "a.R", "S")),
    },
    {
      name: "a simple name inherits the nearest namespace (A18)",
      json: record("a.R", undefined, record("S"), "a.S", { type: "array", items: "S" }),
    },
    {
      name: "an empty namespace is not inherited over (A15, A18)",
      json: record("a.R", undefined, record("S", "", record("T"), "T"), "T", "S"),
    },
    {
      name: "a simple name falls back to the null namespace",
      json: [record("S"), record("a.R", undefined, "S")],
    },
    { name: "a primitive type's name means it everywhere (A20)", json: record("a.R", undefined, "int") },
  ])("$name", ({ json }) => {
    parseSchema(json)
  })

  test.for([
    { name: "a namespace ends with its type (A18)", json: [record("a.R"), "R"], unknown: "R" },
    {
      name: "another namespace is not searched (A19)",
      json: [record("a.S"), record("b.R", undefined, "S")],
      unknown: "b.S",
    },
    {
      name: "a dotted name is not completed (A19)",
      json: [record("a.b.S"), record("a.R", undefined, "b.S")],
      unknown: "b.S",
    },
  ])("$name", ({ json, unknown }) => {
    expect(() => parseSchema(json)).toThrow(`unknown type "${unknown}"`)
  })

  test("a simple name means the type in its own namespace before the one in none", () => {
    const types = parseSchema([
      record("S", "", "int"),
      record("a.S", undefined, "string"),
      record("a.R", undefined, "S"),
    ])
    const node = types["~node"]
    expect(node.type === "union" && node.branches[2]).toMatchObject({ fields: [{ type: { name: "a.S" } }] })
  })
})
