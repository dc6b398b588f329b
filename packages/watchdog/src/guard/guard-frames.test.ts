import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { withoutGuard } from "./guard-frames.ts"

const guard = {
  name: "apply",
  file: fileURLToPath(new URL("./guard.ts", import.meta.url)),
  line: 1,
  async: false,
}
const own = { name: "load", file: "/app/load.ts", line: 7, async: false }
const call = { name: "fs.readFileSync", async: false }

test("where the guard stood innermost, the call stands", () => {
  expect(withoutGuard([guard, guard, own], "fs.readFileSync")).toEqual([call, own])
})

test("between other frames the guard is left out, whatever call is known", () => {
  const builtin = { name: "execSync", file: "node:child_process", async: false }
  expect(withoutGuard([builtin, guard, own], "child_process.execSync")).toEqual([builtin, own])
  expect(withoutGuard([own, guard, own], undefined)).toEqual([own, own])
})

test("a stack without the guard stays as it is", () => {
  expect(withoutGuard([own], "fs.readFileSync")).toEqual([own])
  expect(withoutGuard([], "fs.readFileSync")).toEqual([])
})
