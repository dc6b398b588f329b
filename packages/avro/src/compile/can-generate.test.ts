import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { canGenerate } from "./can-generate.ts"

const library = fileURLToPath(new URL("../../dist/index.js", import.meta.url))
const program = `
  import { decode, encode, schema } from ${JSON.stringify(library)}
  const Point = schema({ type: "record", name: "Point", fields: [{ name: "x", type: "int" }, { name: "label", type: "string" }] })
  console.log(JSON.stringify(decode(Point, encode(Point, { x: 7, label: "seven" }))))
  try { encode(Point, { x: 7, label: 7 }) } catch (error) { console.log(error.message) }
`

test("code is generated here", () => {
  expect(canGenerate()).toBe(true)
})

test.for([
  { name: "generated code", flags: [] },
  {
    name: "the interpreter, where code generation is forbidden",
    flags: ["--disallow-code-generation-from-strings"],
  },
])("the same values and the same errors come out of $name", ({ flags }) => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, "--input-type=module", "--eval", program],
    { encoding: "utf8" },
  )
  expect(stderr).toBe("")
  expect(stdout).toBe('{"x":7,"label":"seven"}\nCannot encode Point.label: expected a string, got 7\n')
})
