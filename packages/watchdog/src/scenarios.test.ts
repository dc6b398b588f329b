// The fifteen scenarios, each in a process that really blocks; see fixtures/scenario.ts for what each does.

import { describe, expect, test } from "vitest"
import { isBlamed, isExact, runScenario, SCENARIOS } from "./fixtures/scenario-table.ts"

const blaming = SCENARIOS.filter(({ causes }) => causes.length > 0)

describe("with the guard, the function and its TypeScript line are told", () => {
  test.for(blaming)("of: $title", async (scenario) => {
    const told = await runScenario(scenario, "guard")
    expect(told.report?.text).toContain("event loop blocked for")
    if (scenario.guarded !== undefined)
      expect(told.report?.text).toMatch(new RegExp(`(inside|calling) ${scenario.guarded}`))
    expect(told.frame).toSatisfy((frame) => isExact(scenario, frame))
    if (told.block === undefined) return
    expect(scenario.causes).toContain(told.block.cause)
    if (scenario.exact !== undefined) expect(told.block.stackTaken).toBe(scenario.exact)
  })
})

describe("without the guard, no other line is told", () => {
  test.for(blaming.filter(({ guarded }) => guarded !== undefined))("of: $title", async (scenario) => {
    const { report, frame } = await runScenario(scenario, "no guard")
    expect(report?.text).toContain("so far, inside a native call\n")
    if (frame !== undefined) expect(frame).toSatisfy(() => isExact(scenario, frame))
  })
})

test.for(SCENARIOS.filter(({ causes }) => causes.length === 0))(
  "nobody is blamed for: $title",
  async (scenario) => {
    expect(isBlamed(await runScenario(scenario, "guard"))).toBe(false)
  },
)
