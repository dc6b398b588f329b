// The reader needs the memory of a process whose main thread is in a native call: see fixtures/scenario.ts.

import { describe, expect, test } from "vitest"
import { isExact, runScenario, SCENARIOS } from "../fixtures/scenario-table.ts"
import { createStackReader } from "./stack-reader.ts"

const works = process.platform === "linux" && process.arch === "x64"

describe.runIf(works)("during a native call the function and its TypeScript line are told", () => {
  test.for([
    { name: "parse", callee: "parse", cause: "native" },
    { name: "derive", callee: "pbkdf2Sync", cause: "sync-call" },
    { name: "fifo", callee: "readFileSync", cause: "sync-call" },
    { name: "shell", callee: "execSync", cause: "sync-call" },
  ])("of: $callee", async ({ name, callee, cause }) => {
    const scenario = SCENARIOS.find((each) => each.name === name)
    if (scenario === undefined) throw new Error(`no scenario ${name}`)
    const { report, block, frame } = await runScenario(scenario, "reader")
    expect(report?.text).toMatch(
      new RegExp(`so far, in ${name} calling ${callee} {2}.*scenario\\.ts:\\d+:\\d+`),
    )
    expect(frame).toSatisfy((each) => isExact(scenario, each))
    expect(block).toMatchObject({ cause, stackTaken: "during" })
  })
})

describe("what can be interrupted is told as without the reader", () => {
  test.for(["busy", "regex", "wait"])("%s", async (name) => {
    const scenario = SCENARIOS.find((each) => each.name === name)
    if (scenario === undefined) throw new Error(`no scenario ${name}`)
    const { block, frame } = await runScenario(scenario, "reader")
    expect(frame).toSatisfy((each) => isExact(scenario, each))
    expect(scenario.causes).toContain(block?.cause)
  })
})

test("there is no reader where the thread cannot be held", async () => {
  expect(await createStackReader(() => {})).toBeUndefined()
})
