// What is ended while a monitor asks; see fixtures/terminations.ts.

import { expect, test } from "vitest"
import { compiled, run } from "./fixtures/run.ts"

test.for([
  ["a time limit of node:vm", "main", '"ERR_SCRIPT_EXECUTION_TIMEOUT"'],
  ["worker.terminate()", "worker", "1"],
])("%s is not lost on a question that is just being answered", async ([, way = "", outcome]) => {
  const { stdout, code } = await run([compiled("fixtures/terminations.js"), way]).ended
  expect(stdout.trim()).toBe(outcome)
  expect(code).toBe(0)
})
