// @ts-check
// What the static types of large declarations cost the type checker. Writes a schema of 300 fields,
// 12 deep, and a protocol of 100 messages, checks each as a user's project would, and fails where one
// costs more than its budget.
//
// A budget bounds instantiations and types, which are the same on every machine; seconds are only shown.
// What a module costs that only imports the package is taken off: that is the compiler's own library.

import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"

/** A fifth above what TypeScript 7.0.2 needed: 33,951 and 21,444; 81,395 and 12,433. */
const budgets = {
  schema: { instantiations: 41_000, types: 25_700 },
  protocol: { instantiations: 97_700, types: 14_900 },
}

const root = fileURLToPath(new URL("..", import.meta.url))
const home = join(root, ".snippets", "type-cost")
const empty = costOf("empty", 'import "@avrolet/avro"\n')
compare("schema", costOf("schema", schemaModule()), budgets.schema)
compare("protocol", costOf("protocol", protocolModule()), budgets.protocol)

/**
 * @typedef {{ instantiations: number, types: number }} Budget
 * @param {string} name
 * @param {Budget & { seconds: number }} cost
 * @param {Budget} budget
 */
function compare(name, cost, budget) {
  const instantiations = cost.instantiations - empty.instantiations
  const types = cost.types - empty.types
  console.log(
    `${name}: ${instantiations} instantiations of ${budget.instantiations}, ${types} types of ${budget.types},`,
    `checked in ${cost.seconds} s, an empty module in ${empty.seconds} s`,
  )
  if (instantiations <= budget.instantiations && types <= budget.types) return
  console.error(
    `${name}: over its budget; make the static types cheaper, or raise it in scripts/type-cost.js`,
  )
  process.exitCode = 1
}

/**
 * The figures that `tsc --extendedDiagnostics` prints for a project of one module.
 * @param {string} name
 * @param {string} source
 */
function costOf(name, source) {
  const folder = join(home, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "main.ts"), source)
  const extended = relative(folder, join(root, "tsconfig.json")).replaceAll("\\", "/")
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: extended, include: ["main.ts"], exclude: [] }),
  )
  const tsc = join(root, "node_modules/typescript/bin/tsc")
  // Several threads would divide the work by chance.
  const options = ["-p", folder, "--extendedDiagnostics", "--singleThreaded"]
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options], { encoding: "utf8" })
  if (status !== 0) throw new Error(`the module "${name}" does not compile:\n${stdout}`)
  return {
    instantiations: figure(stdout, "Instantiations"),
    types: figure(stdout, "Types"),
    seconds: figure(stdout, "Check time"),
  }
}

/**
 * @param {string} printed
 * @param {string} label
 */
function figure(printed, label) {
  const [, digits] = new RegExp(`^${label}: +([\\d.]+)`, "m").exec(printed) ?? []
  if (digits === undefined) throw new Error(`tsc --extendedDiagnostics printed no "${label}"`)
  return Number(digits)
}

/** Encoding what was decoded makes the checker look at every field of both types. */
function schemaModule() {
  return `import { decode, encode, type InputOf, schema, type ValueOf } from "@avrolet/avro"
const Large = schema(${JSON.stringify(level(0))})
export const value: ValueOf<typeof Large> = decode(Large, new Uint8Array())
export const input: InputOf<typeof Large> = value
export const bytes = encode(Large, value)
`
}

/** A hundred messages about one record; every request and response is decoded and encoded. */
function protocolModule() {
  const names = Array.from({ length: 100 }, (_, index) => `message${index}`)
  const fields = Array.from({ length: 20 }, (_, index) => fieldOf(index, 0))
  const definition = {
    protocol: "Large",
    namespace: "type.cost",
    types: [
      { type: "enum", name: "Kind", symbols: ["A", "B", "C"] },
      { type: "record", name: "Item", fields: [{ name: "next", type: ["null", "Item"] }, ...fields] },
      { type: "error", name: "Failed", fields: [{ name: "item", type: "Item" }] },
    ],
    messages: Object.fromEntries(names.map((name, index) => [name, messageOf(index)])),
  }
  const uses = names.flatMap((name) => [`messages.${name}.request`, `messages.${name}.response`])
  return `import { decode, encode, protocol } from "@avrolet/avro"
const { messages } = protocol(${JSON.stringify(definition)})
const bytes = new Uint8Array()
${uses.map((schema) => `encode(${schema}, decode(${schema}, bytes))`).join("\n")}
`
}

/**
 * @param {number} index
 * @returns {object}
 */
function messageOf(index) {
  return {
    request: [
      { name: "item", type: "Item" },
      { name: `count${index}`, type: "int", default: 1 },
      { name: "tags", type: { type: "map", values: ["null", "string", "Item"] } },
    ],
    response: [{ type: "array", items: "Item" }, "Item", "long"][index % 3],
    ...(index % 2 === 0 ? { errors: ["Failed"] } : {}),
  }
}

/**
 * A record of 25 fields, one of which holds the next record.
 * @param {number} depth
 * @returns {object}
 */
function level(depth) {
  const kind = { type: "enum", name: "Kind", symbols: ["A", "B", "C"] }
  const fields = Array.from({ length: 23 }, (_, index) => fieldOf(index, depth))
  const next = depth < 11 ? level(depth + 1) : "int"
  const nested = [next, { type: "array", items: next }, { type: "map", values: next }, ["null", next]]
  return {
    type: "record",
    name: `Level${depth}`,
    ...(depth === 0 ? { namespace: "type.cost" } : {}),
    fields: [
      { name: "kind", type: depth === 0 ? kind : "Kind" },
      ...fields,
      { name: "next", type: nested[depth % nested.length] },
    ],
  }
}

/**
 * @param {number} index
 * @param {number} depth
 * @returns {object}
 */
function fieldOf(index, depth) {
  const types = [
    "string",
    { type: "long", logicalType: "timestamp-millis" },
    ["null", "string"],
    { type: "array", items: "long" },
    { type: "map", values: "Kind" },
    ["null", "int", "double"],
    { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 },
    "type.cost.Kind",
  ]
  const type = types[index % types.length]
  return index % 8 === 2
    ? { name: `f${depth}_${index}`, type, default: null, doc: "May be left out." }
    : { name: `f${depth}_${index}`, type }
}
