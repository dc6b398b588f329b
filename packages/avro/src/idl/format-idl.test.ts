import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { parseProtocol, protocol } from "../protocol/protocol.ts"
import { canonicalForm } from "../schema/canonical-form.ts"
import { parseSchema, schema } from "../schema/schema.ts"
import { hostileNames, samples } from "../testing/arbitrary.ts"
import { caught } from "../testing/caught.ts"
import { field, fixed, record } from "../testing/declare.ts"
import { formatIdl } from "./format-idl.ts"
import { parseIdl, protocolOf, schemaOf } from "./parse-idl.ts"

describe("IDL of a protocol", () => {
  test("reads like one that somebody wrote, and says the same", () => {
    const text = `/**
 * Keeps accounts.
 *
 * For people.
 */
@namespace("org.example")
@version("1.0")
protocol Bank {
  /** Why not. */
  @aliases(["Refusal", "old.Failure"])
  error Failure {
    string reason;
    /** When to ask again. */
    timestamp_ms? again = null;
  }

  enum Currency { EUR, CHF } = EUR;

  @namespace("org.example.ids")
  @java-class("x")
  fixed Iban(34);

  record Account {
    org.example.ids.Iban iban;
    Currency @order("ignore") @aliases(["unit"]) @x({"a": [1, 2.5, null]}) currency = "EUR";
    @logicalType("timestamp-micros") long opened;
    decimal(12, 2) balance;
    string? note = "";
    union { int, null } count;
    map<array<Account?>> related = {};
    boolean \`error\`;
  }

  /** Opens one. */
  @idempotent(true)
  Account open(
    /** Whose. */
    string owner,
    int deposit = 0
  ) throws Failure;

  string? find(string owner);

  void ping() oneway;
}
`
    const Bank = protocolOf(parseIdl(text))
    expect(formatIdl(Bank)).toBe(text)
    expect(protocolOf(parseIdl(formatIdl(Bank))).text).toBe(Bank.text)
  })

  test("may be all but empty", () => {
    expect(formatIdl(protocol({ protocol: "P", messages: {} }))).toBe("protocol P {\n}\n")
  })
})

describe("IDL of a schema", () => {
  test("says which type it is, and declares what it uses", () => {
    const User = schema({
      type: "record",
      name: "org.example.User",
      fields: [{ name: "ids", type: { type: "array", items: { type: "fixed", name: "other.Id", size: 4 } } }],
    })
    expect(formatIdl(User)).toBe(
      'namespace org.example;\n\nschema User;\n\nrecord User {\n  array<other.Id> ids;\n}\n\n@namespace("other")\nfixed Id(4);\n',
    )
    expect(formatIdl(schema({ type: "map", values: ["null", "string"] }))).toBe("schema map<string?>;\n")
  })

  test("of any declaration makes the same declaration again", () => {
    fc.assert(
      fc.property(samples, decorations, ({ definition }, decoration) => {
        const given = parseSchema(decorated(definition, decoration))
        const idl = parseIdl(formatIdl(given))
        expect(idl.warnings).toEqual([])
        expect(canonicalForm(schemaOf(idl))).toBe(canonicalForm(given))
        expect(sorted(idl.declaration)).toEqual(
          sorted(schemaOf(parseIdl(formatIdl(schemaOf(idl)))).definition),
        )
        expect(textsIn(idl.declaration)).toEqual(textsIn(given.definition))
      }),
      { numRuns: 500 },
    )
  })

  test.for([0, -0, 1.5, 1e21, 1e20, -1e-7, 2 ** 53, -(2 ** 53) + 1])("keeps the number %d", (number) => {
    const text = formatIdl(parseSchema(record("R", field("a", "double", { default: number, x: [number] }))))
    const [declared] = (parseIdl(text).declaration as { fields: { default: number; x: number[] }[] }).fields
    expect(declared?.default).toBe(number)
    expect(declared?.x).toEqual([number])
  })

  test.for(["\n", "\r", "\u0085", "\u2028", "\u2029"])("keeps a string and a key with %j within", (end) => {
    const values = { default: `a${end}b`, x: { [`c${end}d`]: [`e${end}${end}f`] } }
    const text = formatIdl(parseSchema(record("R", field("a", "string", values))))
    const [declared] = (parseIdl(text).declaration as { fields: object[] }).fields
    expect(declared).toMatchObject(values)
  })

  test("finds a type without a namespace from within one", () => {
    const given = parseSchema(record("A", field("b", record("n.B", field("a", ["null", "A"])))))
    expect(canonicalForm(schemaOf(parseIdl(formatIdl(given))))).toBe(canonicalForm(given))
  })

  test.for([
    ["an attribute with a space", record("R", field("a", "int", { "a b": 1 })), 'called "a b"'],
    [
      "a type of no namespace, hidden by a nearer one",
      record("A", field("b", record("n.B", field("a", ["null", "A"]), field("c", fixed("n.A", 1))))),
      'no name for "A" where "n.A" is nearer',
    ],
  ])("refuses what it has no form for: %s", ([, definition, message]) => {
    const thrown = caught(() => formatIdl(parseSchema(definition)))
    expect(thrown.code).toBe("ERR_AVRO_IDL")
    expect(thrown.message).toContain(message)
  })

  test("refuses a response with attributes, which would be the message's", () => {
    const given = parseProtocol({
      protocol: "P",
      messages: { a: { request: [], response: { type: "int", x: 1 } } },
    })
    expect(caught(() => formatIdl(given)).message).toContain("IDL has no form for a response of")
  })
})

interface Decoration {
  readonly docs: readonly (string | undefined)[]
  readonly properties: readonly (readonly [string, unknown])[]
}

const texts = fc
  .oneof(
    fc.string({ unit: "binary" }),
    fc
      .array(fc.constantFrom("*", "**", " * a", "b", "\n", "\r\n", "\t", "/**", "//", "@x"), { maxLength: 8 })
      .map((parts) => parts.join("")),
  )
  // What a comment cannot keep.
  .map((text) => text.replaceAll("*/", "* /").replace(/^[\0- ]+|[\0- ]+$/g, ""))
const decorations: fc.Arbitrary<Decoration> = fc.record({
  docs: fc.array(fc.option(texts, { nil: undefined }), { minLength: 1, maxLength: 5 }),
  properties: fc.array(
    fc.tuple(
      fc.constantFrom("x", "java-class", "a.b", "error", ...hostileNames),
      fc.jsonValue({ maxDepth: 3 }),
    ),
    { minLength: 1, maxLength: 5 },
  ),
})

/** A declaration with documentation and attributes on its types and fields. */
function decorated(definition: unknown, { docs, properties }: Decoration): unknown {
  let count = 0
  const more = (): object => {
    const doc = docs[count % docs.length]
    const [name, value] = properties[count++ % properties.length] as [string, unknown]
    const added = doc === undefined ? {} : { doc }
    return Object.defineProperty(added, name, { value, enumerable: true })
  }
  const walk = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.map(walk)
    if (typeof json !== "object" || json === null) return json
    const copy = { ...json } as Record<string, unknown>
    for (const part of ["items", "values", "type"]) if (part in copy) copy[part] = walk(copy[part])
    const { fields } = copy
    if (Array.isArray(fields)) {
      copy["fields"] = fields.map((one: object) => withAll(walk(one) as object, more()))
    }
    return "name" in copy && typeof copy["type"] === "string" && "namespace" in copy
      ? withAll(copy, more())
      : copy
  }
  return walk(definition)
}

const withAll = (json: object, added: object): object =>
  Object.defineProperties(
    {},
    { ...Object.getOwnPropertyDescriptors(json), ...Object.getOwnPropertyDescriptors(added) },
  )

/** JSON with the attributes of each object in one order. */
const sorted = (json: unknown): unknown =>
  JSON.parse(
    JSON.stringify(json, (_key, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
        : value,
    ),
  )

/** The documentation and the attributes in a declaration, wherever they are. */
function textsIn(json: unknown): string[] {
  const found: string[] = []
  JSON.stringify(json, (key, value: unknown) => {
    if (["doc", "x", "java-class", "a.b", "error"].includes(key)) found.push(JSON.stringify([key, value]))
    return value
  })
  return found.toSorted()
}
