import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import { compare } from "./compare.js"
import { carry } from "./model.js"
import { simulate } from "./simulate.js"
import { comparison, growth } from "./tables.js"

describe("the simulation", () => {
  test("is near what was measured: half of it within a tenth or so, all of it within three quarters", () => {
    const ratios = compare().map(({ measured, simulated }) => simulated / measured)
    expect(ratios).toHaveLength(18)
    const off = ratios.map((ratio) => Math.abs(Math.log(ratio))).toSorted((a, b) => a - b)
    expect(off[8]).toBeLessThan(Math.log(1.12))
    expect(off.at(-1)).toBeLessThan(Math.log(1.75))
  })

  const station = { machine: 0, turnMicros: 0, wakeMicros: 0, maxTurn: 100, minPart: 1 }
  const alone = { cores: [2], wireMicros: 0, millis: 100 }

  test("of one call in flight is the sum of its way", () => {
    const stations = [
      { ...station, messageMicros: 10, wakeMicros: 20 },
      { ...station, messageMicros: 30, turnMicros: 5 },
    ]
    const { callsPerSecond, p50Micros, p99Micros } = simulate({ ...alone, stations, routes: [[0, 1]] })
    const around = 10 + 20 + 30 + 5 + 2 * 6 // and twice from process to process
    expect(p50Micros).toBeCloseTo(around)
    expect(p99Micros).toBeCloseTo(around)
    expect(callsPerSecond).toBeCloseTo(1e6 / around, -2)
  })

  test("of many is what the slower process can do, which is then never idle", () => {
    const stations = [
      { ...station, messageMicros: 10 },
      { ...station, messageMicros: 25 },
    ]
    const routes = Array.from({ length: 50 }, () => [0, 1])
    const { callsPerSecond, p50Micros, busy } = simulate({ ...alone, stations, routes })
    expect(callsPerSecond / (1e6 / 25)).toBeCloseTo(1, 1)
    expect(p50Micros / (50 * 25)).toBeCloseTo(1, 1) // Little's law
    expect(busy[1]).toBeCloseTo(1, 1)
    expect(busy[0]).toBeCloseTo(10 / 25, 1)
  })

  test("on one core is what both cost together", () => {
    const stations = [
      { ...station, messageMicros: 10 },
      { ...station, messageMicros: 25 },
    ]
    const routes = Array.from({ length: 50 }, () => [0, 1])
    const { callsPerSecond } = simulate({ ...alone, cores: [1], stations, routes })
    expect(callsPerSecond / (1e6 / 35)).toBeCloseTo(1, 1)
  })

  test.for(["http", "tcp", "nats"] as const)(
    "over %s more cores never carry less, nor do more lanes",
    (transport) => {
      const of = (cores: number, lanes: number): number =>
        carry({ transport, message: "echo", clients: 2, machines: 1, cores, lanes }).callsPerSecond
      const byCores = [1, 2, 4, 8].map((cores) => of(cores, 64))
      const byLanes = [1, 8, 64].map((lanes) => of(4, lanes))
      for (const list of [byCores, byLanes])
        list.slice(1).forEach((calls, index) => expect(calls).toBeGreaterThan((list[index] ?? 0) * 0.97))
    },
  )
})

test("the guide shows what the simulation says", () => {
  const guide = readFileSync(fileURLToPath(new URL("../../docs/guide/scale.md", import.meta.url)), "utf8")
  expect(guide).toContain(comparison())
  expect(guide).toContain(growth())
})
