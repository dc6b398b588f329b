import { expect, test } from "vitest"
import { createAdmission, REPORTS_PER_MINUTE } from "./admission.ts"
import type { Block } from "./block.ts"

const FIGURES = { answeredMillis: 0, silentMillis: 0, suspendedMillis: 0, gcMillis: 0, callbacks: 0 }
const at = (line: number, column = 1): Block => ({
  threadId: 0,
  millis: 100,
  startedAt: new Date(0),
  cause: "cpu",
  stack: "",
  frames: [{ name: "load", file: "/app/load.ts", line, column, async: false }],
  stackTaken: "during",
  samples: 1,
  stacks: [],
  figures: FIGURES,
})

test("a place is reported once a minute, whatever its column", () => {
  const clock = { millis: 0 }
  const admit = createAdmission(() => clock.millis)
  expect([admit(at(7)), admit(at(7, 9)), admit(at(8))]).toEqual(["yes", "no", "yes"])
  clock.millis = 59_999
  expect(admit(at(7))).toBe("no")
  clock.millis = 60_000
  expect([admit(at(7)), admit(at(7))]).toEqual(["yes", "no"])
})

test("when the budget is used up it says so once, until the minute is over", () => {
  const clock = { millis: 0 }
  const admit = createAdmission(() => clock.millis)
  for (let line = 1; line <= REPORTS_PER_MINUTE; line++) expect(admit(at(line))).toBe("yes")
  expect([admit(at(100)), admit(at(101)), admit(at(1))]).toEqual(["over budget", "no", "no"])
  clock.millis = 60_000
  expect(admit(at(100))).toBe("yes")
})
