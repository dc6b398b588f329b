import { canonicalForm, parseSchema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { withReferences } from "./references.ts"

const record = (name: string, ...types: unknown[]): object => ({
  type: "record",
  name,
  fields: types.map((type, i) => ({ name: `f${i}`, type })),
})
const Item = record("shop.Item", "string")

test.for([
  {
    name: "where it is named first, and by its name after that",
    declaration: record("shop.Order", "Item", { type: "array", items: "shop.Item" }),
    referred: { "shop.Item": Item },
    whole: record("shop.Order", Item, { type: "array", items: "shop.Item" }),
  },
  {
    name: "in unions, maps, arrays, and where a type is an object",
    declaration: ["null", { type: "map", values: { type: "array", items: { type: "shop.Item" } } }],
    referred: { "shop.Item": Item },
    whole: ["null", { type: "map", values: { type: "array", items: Item } }],
  },
  {
    name: "of a reference of a reference",
    declaration: record("shop.Order", "shop.Line"),
    referred: { "shop.Line": record("shop.Line", "Item"), "shop.Item": Item },
    whole: record("shop.Order", record("shop.Line", Item)),
  },
  {
    name: "of no namespace within one that has one",
    declaration: record("shop.Order", "Plain", "Plain"),
    referred: { Plain: record("Plain", "int") },
    whole: record("shop.Order", { ...record("Plain", "int"), namespace: "" }, "Plain"),
  },
  {
    name: "nowhere, where the schema defines the name itself",
    declaration: record("shop.Order", Item),
    referred: { "shop.Item": record("shop.Item", "int") },
    whole: record("shop.Order", Item),
  },
  {
    name: "into itself only by its name",
    declaration: "shop.Tree",
    referred: { "shop.Tree": record("shop.Tree", ["null", "Tree"]) },
    whole: record("shop.Tree", ["null", "Tree"]),
  },
])("a declaration is put $name", ({ declaration, referred, whole }) => {
  const before = structuredClone(declaration)
  const found = withReferences(declaration, new Map(Object.entries(referred)))
  expect(canonicalForm(parseSchema(found))).toBe(canonicalForm(parseSchema(whole)))
  expect(declaration).toEqual(before)
})
