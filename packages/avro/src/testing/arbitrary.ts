// Random schemas, each with random values of it. A shape is a schema without names; its declaration
// and its values are made from it by rules written down here a second time, to check the first.

import fc from "fast-check"

/** A schema's declaration and a value of it, as `decode` returns it. */
export interface Sample {
  readonly definition: unknown
  readonly value: unknown
}

/** Names that an object inherits, or that some code treats apart. */
export const hostileNames = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "then",
  "toJSON",
]

type Shape =
  | {
      readonly kind: "plain"
      readonly declaration: string | object
      readonly js: string
      readonly values: fc.Arbitrary<unknown>
    }
  | { readonly kind: "enum"; readonly symbols: readonly string[] }
  | { readonly kind: "fixed"; readonly size: number }
  | { readonly kind: "array" | "map" | "list"; readonly of: Shape }
  | { readonly kind: "record"; readonly names: readonly string[]; readonly types: readonly Shape[] }
  | { readonly kind: "union"; readonly branches: readonly Shape[] }

const SIZE = { maxLength: 4 }
const text = fc.string({ unit: "binary", maxLength: 80 })
const names = fc.oneof(fc.stringMatching(/^[A-Za-z_]\w{0,8}$/), fc.constantFrom(...hostileNames))
const keys = fc.oneof(text, fc.constantFrom(...hostileNames))
const dates = fc.date({ noInvalidDate: true })
const days = fc.integer({ min: -100_000_000, max: 100_000_000 }).map((day) => new Date(day * 86_400_000))
const longs = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -200, max: 200 }))
const decimals = fc.bigInt({ min: -99999n, max: 99999n }).map((unscaled) => {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(3, "0")
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`
})

const plain = (
  declaration: string | object,
  js: string,
  values: fc.Arbitrary<unknown>,
): fc.Arbitrary<Shape> => fc.constant({ kind: "plain", declaration, js, values })

const leaves: fc.Arbitrary<Shape> = fc.oneof(
  plain("null", "null", fc.constant(null)),
  plain("boolean", "boolean", fc.boolean()),
  plain("int", "number", fc.integer()),
  plain("long", "number", longs),
  plain("float", "number", fc.float()),
  plain("double", "number", fc.double()),
  plain("bytes", "bytes", fc.uint8Array({ maxLength: 80 })),
  plain("string", "string", text),
  plain({ type: "string", logicalType: "uuid" }, "string", fc.uuid()),
  plain({ type: "int", logicalType: "date" }, "date", days),
  plain({ type: "long", logicalType: "timestamp-millis" }, "date", dates),
  plain(
    { type: "long", logicalType: "timestamp-nanos" },
    "number",
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
  plain({ type: "bytes", logicalType: "decimal", precision: 5, scale: 2 }, "string", decimals),
  plain({ type: "bytes", logicalType: "big-decimal" }, "string", decimals),
  fc.uniqueArray(names, { minLength: 1, maxLength: 4 }).map((symbols): Shape => ({ kind: "enum", symbols })),
  fc.nat({ max: 9 }).map((size): Shape => ({ kind: "fixed", size })),
)

const nesting = (shape: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> =>
  fc.oneof(
    fc.record({ kind: fc.constantFrom("array" as const, "map" as const, "list" as const), of: shape }),
    fc.uniqueArray(fc.tuple(names, shape), { ...SIZE, selector: ([name]) => name }).map(
      (fields): Shape => ({
        kind: "record",
        names: fields.map(([name]) => name),
        types: fields.map(([, type]) => type),
      }),
    ),
  )

/** Random pairs of a schema and a value. */
export const samples: fc.Arbitrary<Sample> = fc
  .letrec<{ shape: Shape; branch: Shape }>((tie) => ({
    shape: fc.oneof(
      { maxDepth: 4 },
      leaves,
      nesting(tie("shape")),
      fc.array(tie("branch"), SIZE).map(unionOf),
    ),
    branch: fc.oneof({ maxDepth: 4 }, leaves, nesting(tie("shape"))),
  }))
  .shape.chain((shape) => {
    const definition = declare(shape, { count: 0 })
    return valuesOf(shape, definition).map((value) => ({ definition, value }))
  })

/** The branches that may stand beside one another, and at least one. */
function unionOf(branches: readonly Shape[]): Shape {
  const byType = new Map(branches.map((branch, index) => [unnamedType(branch) ?? index, branch]))
  return byType.size === 0
    ? { kind: "array", of: { kind: "fixed", size: 1 } }
    : { kind: "union", branches: [...byType.values()] }
}

function unnamedType(shape: Shape): string | undefined {
  if (shape.kind === "array" || shape.kind === "map") return shape.kind
  if (shape.kind !== "plain") return undefined
  return typeof shape.declaration === "string"
    ? shape.declaration
    : (shape.declaration as { type: string }).type
}

interface Names {
  count: number
}

function declare(shape: Shape, used: Names): unknown {
  const named = (): { name: string; namespace: string } => ({ name: `T${used.count++}`, namespace: "random" })
  switch (shape.kind) {
    case "plain":
      return shape.declaration
    case "enum":
      return { type: "enum", ...named(), symbols: shape.symbols }
    case "fixed":
      return { type: "fixed", ...named(), size: shape.size }
    case "array":
      return { type: "array", items: declare(shape.of, used) }
    case "map":
      return { type: "map", values: declare(shape.of, used) }
    case "union":
      return shape.branches.map((branch) => declare(branch, used))
    case "list": {
      const record = { type: "record", ...named() }
      const value = { name: "value", type: declare(shape.of, used) }
      return { ...record, fields: [value, { name: "next", type: ["null", record.name] }] }
    }
    default: {
      const record = { type: "record", ...named() }
      const fields = shape.types.map((type, index) => ({
        name: shape.names[index],
        type: declare(type, used),
      }))
      return { ...record, fields }
    }
  }
}

function valuesOf(shape: Shape, definition: unknown): fc.Arbitrary<unknown> {
  const parts = definition as { items: unknown; values: unknown; fields: { type: unknown }[] }
  switch (shape.kind) {
    case "plain":
      return shape.values
    case "enum":
      return fc.constantFrom(...shape.symbols)
    case "fixed":
      return fc.uint8Array({ minLength: shape.size, maxLength: shape.size })
    case "array":
      return fc.array(valuesOf(shape.of, parts.items), SIZE)
    case "map":
      return fc
        .uniqueArray(fc.tuple(keys, valuesOf(shape.of, parts.values)), { ...SIZE, selector: ([key]) => key })
        .map(Object.fromEntries)
    case "list":
      return fc
        .array(valuesOf(shape.of, parts.fields[0]?.type), { minLength: 1, maxLength: 4 })
        .map((values) => values.reduceRight((next: unknown, value) => ({ value, next }), null))
    case "union":
      return fc.oneof(...branchValues(shape.branches, definition as unknown[]))
    default:
      return fc
        .tuple(...shape.types.map((type, index) => valuesOf(type, parts.fields[index]?.type)))
        .map((values) => Object.fromEntries(values.map((value, index) => [shape.names[index], value])))
  }
}

/** Bare where each branch has a JavaScript kind of its own, otherwise under the branch's name. */
function branchValues(branches: readonly Shape[], definitions: readonly unknown[]): fc.Arbitrary<unknown>[] {
  const kinds = new Set(branches.map(kindOf))
  return branches.map((branch, index) => {
    const definition = definitions[index]
    const values = valuesOf(branch, definition)
    if (kinds.size === branches.length || definition === "null") return values
    const { type, name } = (typeof definition === "string" ? { type: definition } : definition) as {
      type: string
      name?: string
    }
    return values.map((value) => ({ [name === undefined ? type : `random.${name}`]: value }))
  })
}

function kindOf(shape: Shape): string {
  if (shape.kind === "plain") return shape.js
  return {
    enum: "string",
    fixed: "bytes",
    array: "array",
    map: "object",
    list: "object",
    record: "object",
    union: "",
  }[shape.kind]
}
