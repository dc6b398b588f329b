import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { compiled } from "./fixtures/run.ts"
import type { GeneratedFrame } from "./probe.ts"
import { createFrameMapper } from "./source-maps.ts"

let directory = ""
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "avrolet-maps-"))
})
afterAll(() => rmSync(directory, { recursive: true }))

describe("a frame", () => {
  test("of compiled TypeScript is mapped to its line there", () => {
    const line = lineOf(readFileSync(compiled("fixtures/plain.js"), "utf8"), "function spin")
    const source = fileURLToPath(new URL("fixtures/plain.ts", import.meta.url))
    expect(mapOne({ file: pathToFileURL(compiled("fixtures/plain.js")).href, line, column: 1 })).toEqual({
      name: "f",
      file: source,
      line: lineOf(readFileSync(source, "utf8"), "function spin"),
      column: 1,
      async: false,
    })
  })

  test("is mapped through a map in a data URL, in base 64 or not", () => {
    const map = JSON.stringify({ ...MAP, sources: ["src/a.ts"] })
    const base64 = write("base64.js", `data:application/json;base64,${Buffer.from(map).toString("base64")}`)
    const plain = write("plain.js", `data:application/json,${encodeURIComponent(map)}`)
    const expected = { file: join(directory, "src/a.ts"), line: 11, column: 1 }
    expect(mapOne({ file: base64, line: 2, column: 3 })).toMatchObject(expected)
    expect(mapOne({ file: plain, line: 2, column: 3 })).toMatchObject(expected)
  })

  test.for([
    { name: "its source root", root: "src", expected: "src/a.ts" },
    { name: "a source root that ends in a slash", root: "src/", expected: "src/a.ts" },
    { name: "an empty source root", root: "", expected: "a.ts" },
  ])("is mapped to a path under $name", ({ root, expected }) => {
    const file = writeWithMap("root.js", { ...MAP, sourceRoot: root })
    expect(mapOne({ file, line: 2, column: 3 })).toMatchObject({ file: join(directory, expected) })
  })

  test("is mapped through the part of an index map that covers it", () => {
    const sections = [
      { offset: { line: 0, column: 0 }, map: { ...MAP, sources: ["first.ts"] } },
      { offset: { line: 5, column: 2 }, map: { ...MAP, mappings: "AAAA", sources: ["second.ts"] } },
    ]
    const file = writeWithMap("index.js", { version: 3, sections })
    expect(mapOne({ file, line: 2, column: 1 })).toMatchObject({
      file: join(directory, "first.ts"),
      line: 11,
    })
    expect(mapOne({ file, line: 6, column: 9 })).toMatchObject({
      file: join(directory, "second.ts"),
      line: 1,
    })
  })

  test("of minified code gets the name its function was declared with", () => {
    const file = writeWithMap("minified.js", { ...MAP, names: ["busy"], mappings: "AAAAA" })
    const frame = { file, line: 1, column: 30, functionLine: 1, functionColumn: 10 }
    expect(mapOne({ ...frame, name: "a" })).toMatchObject({ name: "busy" })
  })

  test("of minified code gets, failing that, the name its caller calls it by", () => {
    const file = writeWithMap("called.js", { ...MAP, names: ["busy"], mappings: "AAAA;AACAA" })
    const called = { name: "a", async: false, file, line: 1, column: 3, functionLine: 1, functionColumn: 1 }
    const caller = { name: "main", async: false, file, line: 2, column: 1 }
    expect(createFrameMapper()([called, caller]).map(({ name }) => name)).toEqual(["busy", "main"])
  })

  test("of a builtin or of Node stays as it is", () => {
    const frames = [
      { name: "RegExp.test", async: false },
      { name: "readSync", file: "node:fs", line: 1, async: false },
    ]
    expect(createFrameMapper()(frames)).toEqual(frames)
  })

  test.for([
    { name: "no file", make: () => join(directory, "missing.js") },
    { name: "no map", make: () => write("bare.js", undefined) },
    { name: "a map that is missing", make: () => write("missing-map.js", "missing.map") },
    { name: "a map that is not JSON", make: () => writeWithMap("text.js", "not json") },
    { name: "a map that is null", make: () => writeWithMap("null.js", null) },
    {
      name: "a map of the wrong shape",
      make: () => writeWithMap("shape.js", { sources: 7, mappings: ["AAAA"] }),
    },
    {
      name: "a map with garbage for mappings",
      make: () => writeWithMap("bad.js", { ...MAP, mappings: ";;!!" }),
    },
    {
      name: "a map whose sources are missing",
      make: () => writeWithMap("sources.js", { ...MAP, sources: [null] }),
    },
    { name: "a map on another host", make: () => write("remote.js", "https://example.com/a.map") },
    { name: "a directory for a map", make: () => write("directory.js", ".") },
    { name: "sections without end", make: () => writeWithMap("deep.js", '{"sections":['.repeat(9000)) },
  ])("with $name keeps the position of the code that runs", ({ make }) => {
    const file = make()
    expect(mapOne({ file, line: 2, column: 3 })).toEqual({
      name: "f",
      file,
      line: 2,
      column: 3,
      async: false,
    })
  })
})

/** The second generated line comes from line 11 of a.ts. */
const MAP = { version: 3, sources: ["a.ts"], names: [] as string[], mappings: "AAAA;AAUA" }

const mapOne = (frame: Partial<GeneratedFrame>): unknown =>
  createFrameMapper()([{ name: "f", async: false, ...frame }])[0]

function write(name: string, mapUrl: string | undefined): string {
  const file = join(directory, name)
  writeFileSync(file, mapUrl === undefined ? "f()\n" : `f()\n\n//# sourceMappingURL=${mapUrl}\n`)
  return file
}

function writeWithMap(name: string, map: unknown): string {
  writeFileSync(join(directory, `${name}.map`), typeof map === "string" ? map : JSON.stringify(map))
  return write(name, `${name}.map`)
}

const lineOf = (text: string, part: string): number =>
  text.split("\n").findIndex((line) => line.includes(part)) + 1
