import { expect, test } from "vitest"
import type { Block } from "./block.ts"
import { createFormatter } from "./formatter.ts"
import { createPlaceList } from "./places.ts"

const FIGURES = { answeredMillis: 0, silentMillis: 0, suspendedMillis: 0, gcMillis: 0, callbacks: 0 }
const at = (line: number, millis: number): Block => ({
  threadId: 0,
  millis,
  startedAt: new Date(0),
  cause: "cpu",
  stack: "",
  frames: [{ name: "load", file: "/app/src/load.ts", line, column: line, async: false }],
  stackTaken: "during",
  samples: 1,
  stacks: [],
  figures: FIGURES,
})

test("blocks at the same place are one entry, with their number, their sum and the longest", () => {
  const places = createPlaceList()
  expect(places.find(at(7, 1))).toBeUndefined()
  for (const millis of [80, 200, 60]) places.add(at(7, millis))
  expect(places.find(at(7, 1))).toEqual({
    name: "load (/app/src/load.ts:7)",
    times: 3,
    totalMillis: 340,
    worstMillis: 200,
  })
})

test("what is not in the application goes by the call, or is unknown", () => {
  const places = createPlaceList()
  places.add({ ...at(1, 50), frames: [], cause: "sync-call", call: "fs.readFileSync" })
  places.add({ ...at(1, 40), frames: [], cause: "unknown" })
  places.add({ ...at(1, 30), frames: [], cause: "starved" })
  expect(places.all().map(({ name }) => name)).toEqual([
    "fs.readFileSync",
    "place unknown",
    "no processor for this process",
  ])
})

test("so many places, and no more, are kept apart", () => {
  const places = createPlaceList()
  for (let line = 1; line <= 10_000; line++) places.add(at(line, 1))
  expect(places.all()).toHaveLength(501)
  expect(places.all()[0]).toMatchObject({ name: "elsewhere", times: 9500 })
})

test("the summary is a table, the worst place first", () => {
  const places = createPlaceList()
  places.add(at(7, 80))
  for (let i = 0; i < 12; i++) places.add(at(9, 1000))
  const style = { color: false, directory: "/app" }
  expect(createFormatter(style, { threadId: 0 }).summary(places.all())).toBe(`\
event loop: 13 blocks in 2 places
  times   total    worst  place
     12  12.0 s  1000 ms  load (src/load.ts:9)
      1   80 ms    80 ms  load (src/load.ts:7)
`)
})
