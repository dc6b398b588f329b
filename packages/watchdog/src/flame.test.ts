import { expect, test } from "vitest"
import type { BlockStack, Frame } from "./block.ts"
import { toCpuProfile, toFoldedStacks } from "./flame.ts"

const frame = (name: string, line: number): Frame => ({
  name,
  file: "/app/a b.ts",
  line,
  column: 3,
  async: false,
})
const main = frame("main", 1)
const builtin: Frame = { name: "RegExp.test", async: false }
const block = {
  startedAt: new Date(1),
  stacks: [
    { frames: [frame("leaf", 9), main], millis: 20.2 },
    { frames: [builtin, frame("leaf", 9), main], millis: 30 },
    { frames: [frame("leaf", 9), main], millis: 10 },
    { frames: [], millis: 5 },
  ],
}

test("folded stacks have the outermost function first, and equal stacks once", () => {
  expect(toFoldedStacks(block)).toBe("main a b.ts;leaf a b.ts 30\nmain a b.ts;leaf a b.ts;RegExp.test 30\n")
})

test("a name cannot break the lines of folded stacks", () => {
  const frames = [{ name: "a;b\nc", async: true }]
  expect(toFoldedStacks({ stacks: [{ frames, millis: 1 }] })).toBe("async a_b_c 1\n")
})

test("a CPU profile is a tree of functions, and its samples in their order", () => {
  const call = (functionName: string, lineNumber: number): object => ({
    functionName,
    scriptId: "0",
    url: "file:///app/a%20b.ts",
    lineNumber,
    columnNumber: 2,
  })
  const none = { scriptId: "0", url: "", lineNumber: -1, columnNumber: -1 }
  expect(toCpuProfile(block)).toEqual({
    nodes: [
      {
        id: 1,
        callFrame: { functionName: "(root)", ...none },
        hitCount: 1,
        positionTicks: [],
        children: [2],
      },
      { id: 2, callFrame: call("main", 0), hitCount: 0, positionTicks: [], children: [3] },
      {
        id: 3,
        callFrame: call("leaf", 8),
        hitCount: 2,
        positionTicks: [{ line: 9, ticks: 2 }],
        children: [4],
      },
      {
        id: 4,
        callFrame: { functionName: "RegExp.test", ...none },
        hitCount: 1,
        positionTicks: [],
        children: [],
      },
    ],
    startTime: 1000,
    endTime: 1000 + 65_200,
    samples: [3, 4, 3, 1, 1],
    timeDeltas: [0, 20_200, 30_000, 10_000, 5000],
  })
})

test("a function is one node of a CPU profile, whichever of its lines ran; one without a name has its line", () => {
  const at = (name: string, line: number): BlockStack => ({ frames: [frame(name, line), main], millis: 10 })
  const stacks = [at("leaf", 9), at("leaf", 10), at("leaf", 9), at("<anonymous>", 9), at("<anonymous>", 10)]
  const { nodes, samples } = toCpuProfile({ startedAt: new Date(1), stacks })
  expect(samples).toEqual([3, 3, 3, 4, 5, 1])
  expect(nodes[2]).toMatchObject({
    hitCount: 3,
    positionTicks: [
      { line: 9, ticks: 2 },
      { line: 10, ticks: 1 },
    ],
  })
})

test("a block without stacks gives an empty graph", () => {
  const nothing = { startedAt: new Date(0), stacks: [] }
  expect(toFoldedStacks(nothing)).toBe("")
  expect(toCpuProfile(nothing)).toMatchObject({ samples: [], timeDeltas: [], startTime: 0, endTime: 0 })
})
