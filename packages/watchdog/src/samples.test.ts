import { expect, test } from "vitest"
import type { Frame } from "./block.ts"
import { foremost, type Sample } from "./samples.ts"

test("the function in which most of the time was spent speaks for a block, whatever its lines", () => {
  const samples = [at("a", 1, 30), at("b", 7, 20), at("b", 8, 20)]
  expect(nameAndLine(foremost(samples))).toEqual(["b", 7])
})

test("within a function its commonest line does, first sample first", () => {
  const samples = [at("a", 1, 5), at("a", 2, 20), at("a", 2, 20)]
  expect(foremost(samples)).toBe(samples[1])
})

test("time counts, not the number of samples: a long silence outweighs many looks", () => {
  const samples = [
    at("a", 1, 5),
    at("a", 1, 5),
    at("a", 1, 5),
    { ...at("b", 2, 300), taken: "after" as const },
  ]
  expect(nameAndLine(foremost(samples))).toEqual(["b", 2])
})

test("a stack without the application speaks only where there is no other", () => {
  const between = sample(
    [{ name: "processTicksAndRejections", file: "node:internal/process/task_queues", async: false }],
    90,
  )
  expect(nameAndLine(foremost([between, at("a", 1, 10)]))).toEqual(["a", 1])
  expect(foremost([between])).toBe(between)
  expect(foremost([])).toBeUndefined()
})

const at = (name: string, line: number, millis: number): Sample =>
  sample([{ name, file: "/app/a.ts", line, async: false }], millis)

function sample(frames: Frame[], millis: number): Sample {
  return { frames, millis, taken: "during" }
}

const nameAndLine = (found: Sample | undefined): unknown[] => [found?.frames[0]?.name, found?.frames[0]?.line]
