import { expect, test } from "vitest"
import type { GeneratedFrame } from "./probe.ts"
import { withoutEntered } from "./returned-call.ts"

// Positions as V8 gives them when an interrupt is served at the beginning of a function.
test.for([
  { source: "function readFileSync(path) {", name: "readFileSync", functionColumn: 1, column: 22 },
  { source: "async function load() {", name: "load", functionColumn: 1, column: 20 },
  { source: "const sleep = ms => …", name: "sleep", functionColumn: 15, column: 15 },
  { source: "  constructor(size) {", name: "new FastBuffer", functionColumn: 3, column: 14 },
  { source: "  read(size) {", name: "Parser.read", functionColumn: 3, column: 7 },
  { source: "  get size() {", name: "Parser.get size", functionColumn: 3, column: 11 },
])("`$source` was only just entered, and is not blamed", ({ name, functionColumn, column }) => {
  const frame = { name, async: false, file: "node:fs", line: 441, column, functionLine: 441, functionColumn }
  expect(withoutEntered([frame, CALLER])).toEqual([CALLER])
})

test("a builtin was only just entered: one that went on would have answered sooner", () => {
  expect(withoutEntered([{ name: "String", async: false }, CALLER])).toEqual([CALLER])
})

test("a function further on stays", () => {
  expect(withoutEntered([CALLER])).toEqual([CALLER])
  expect(withoutEntered([])).toEqual([])
})

const CALLER: GeneratedFrame = {
  name: "handle",
  async: false,
  file: "/app/a.ts",
  line: 9,
  column: 6,
  functionLine: 8,
  functionColumn: 1,
}
