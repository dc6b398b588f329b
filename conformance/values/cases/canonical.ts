// K: schemas in their canonical form.

import { array, field, record } from "../../../packages/avro/src/testing/declare.ts"
import { type Case, text } from "./case.ts"

const canonical = (name: string, schema: string, form: string): Case => ({
  name,
  question: { do: "parse", schema },
  ok: form,
})

const tree = record("Tree", field("value", "int"), field("children", array("Tree")))

/** Schemas in their canonical form. */
export const canonicalCases: Case[] = [
  canonical("K1 primitives", '{"type":"int","logicalType":"date"}', '"int"'),
  canonical(
    "K2 full names",
    '{"type":"enum","name":"E","namespace":"a.b","symbols":["A"]}',
    '{"name":"a.b.E","type":"enum","symbols":["A"]}',
  ),
  canonical(
    "K2 K9 a name within its namespace",
    '{"type":"record","name":"a.R","fields":[{"name":"f","type":{"type":"fixed","name":"F","size":1}},{"name":"g","type":["null","F"]}]}',
    '{"name":"a.R","type":"record","fields":[{"name":"f","type":{"name":"a.F","type":"fixed","size":1}},{"name":"g","type":["null","a.F"]}]}',
  ),
  canonical(
    "K2 the null namespace",
    '{"type":"record","name":"a.R","fields":[{"name":"f","type":{"type":"fixed","namespace":"","name":"F","size":1}}]}',
    '{"name":"a.R","type":"record","fields":[{"name":"f","type":{"name":"F","type":"fixed","size":1}}]}',
  ),
  canonical(
    "K3 K4 stripped and in order",
    '{"doc":"d","x":1,"fields":[{"order":"ignore","default":1,"aliases":["b"],"type":"int","name":"a"}],"aliases":["S"],"name":"R","type":"record"}',
    '{"name":"R","type":"record","fields":[{"name":"a","type":"int"}]}',
  ),
  canonical(
    "K5 escapes",
    '{"type":"fixed","name":"\\u0041\\u0042","size":1}',
    '{"name":"AB","type":"fixed","size":1}',
  ),
  canonical(
    "K7 white space",
    ' {\n"type" : "array" ,\t"items" : [ "int" , "null" ] } ',
    '{"type":"array","items":["int","null"]}',
  ),
  canonical(
    "K9 a recursive type",
    text(tree),
    '{"name":"Tree","type":"record","fields":[{"name":"value","type":"int"},{"name":"children","type":{"type":"array","items":"Tree"}}]}',
  ),
]
