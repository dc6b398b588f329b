import { createReader, createWriter } from "@avrolet/avro/binary"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Clock, isBefore, toNanos, toTime } from "./clock.ts"
import { readTime, writeTime } from "./envelope.ts"

const times = fc.bigInt({ min: 0n, max: 2n ** 62n - 1n })

test("a time is written as a long is", () => {
  fc.assert(
    fc.property(times, (nanos) => {
      fc.pre(nanos >= 2n ** 34n) // before 1970-01-01T00:00:17 it would take more bytes than it has to
      const [ours, usual] = [createWriter(), createWriter()]
      writeTime(toTime(nanos), ours)
      usual.writeLong(nanos)
      expect(ours.finish()).toEqual(usual.finish())
    }),
  )
})

test("a long that others wrote is read as a time", () => {
  fc.assert(
    fc.property(times, (nanos) => {
      const writer = createWriter()
      writer.writeLong(nanos)
      const time = { high: 0, low: 0 }
      expect(readTime(writer.finish(), 0, time)).toBe(writer.length)
      expect(toNanos(time)).toBe(nanos)
      expect(createReader(writer.finish()).readBigInt()).toBe(nanos)
    }),
  )
})

test.for(["01", "80", "ff ff ff ff ff ff ff ff ff 01", "80 80 80 80 80 80 80 80 80 80 00", ""])(
  "%j is no time of a day since 1970",
  (hex) => {
    const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))
    expect(readTime(bytes, 0, { high: 0, low: 0 })).toBe(-1)
  },
)

test("times are in order as their nanoseconds are", () => {
  fc.assert(
    fc.property(times, times, (a, b) => {
      expect(isBefore(toTime(a), toTime(b))).toBe(a < b)
    }),
  )
})

describe("the clock", () => {
  const start = 1_790_000_000_000

  test("goes on by nanoseconds between the milliseconds of the machine's", () => {
    const { clock, sources } = clockAt(start)
    sources.steady = 0.000_5
    clock.read()
    expect(toNanos(clock.now)).toBe(BigInt(start) * 1_000_000n + 500n)
  })

  test("does not follow a machine's clock that is behind by less than 10 ms", () => {
    const { clock, sources } = clockAt(start)
    sources.steady = 100
    sources.wall = start + 92
    clock.adjust()
    clock.read()
    expect(toNanos(clock.now)).toBe(BigInt(start + 100) * 1_000_000n)
  })

  test.for([
    { jump: "set back by an hour", wall: start - 3_600_000 },
    { jump: "set forth by an hour", wall: start + 3_600_000 },
    { jump: "a little ahead", wall: start + 101 },
  ])("follows a machine's clock that is $jump, at the next batch", ({ wall }) => {
    const { clock, sources } = clockAt(start)
    sources.steady = 100
    sources.wall = wall
    clock.read()
    expect(toNanos(clock.now)).toBe(BigInt(start + 100) * 1_000_000n)
    clock.adjust()
    clock.read()
    expect(toNanos(clock.now)).toBe(BigInt(wall) * 1_000_000n)
  })

  describe("in a process that is held up for 50 ms whenever it has read a clock", () => {
    test("is not ahead of the machine's, and so is never set back", () => {
      const { clock, sources } = heldUpClockAt(start)
      let last = 0n
      for (let batch = 0; batch < 10; batch++) {
        clock.adjust()
        clock.read()
        const now = toNanos(clock.now)
        expect(now).toBeLessThanOrEqual(wallAtReading(sources))
        expect(now).toBeGreaterThan(last)
        last = now
      }
    })

    test("follows a machine's clock that is set, and is then not ahead of it", () => {
      for (const jumpMillis of [-3_600_000, 3_600_000]) {
        const { clock, sources } = heldUpClockAt(start)
        sources.wall += jumpMillis
        for (let batch = 0; batch < 3; batch++) {
          clock.adjust()
          clock.read()
          const behind = wallAtReading(sources) - toNanos(clock.now)
          expect(behind).toBeGreaterThanOrEqual(0n)
          expect(behind).toBeLessThanOrEqual(200_000_000n)
        }
      }
    })
  })
})

const HELD_UP_MILLIS = 50

interface SetClock {
  readonly clock: Clock
  readonly sources: { wall: number; steady: number }
}

function clockAt(start: number): SetClock {
  const sources = { wall: start, steady: 0 }
  const clock = new Clock({ wallMillis: () => sources.wall, steadyMillis: () => sources.steady })
  return { clock, sources }
}

/** The machine's time when a clock was last read, in nanoseconds. */
const wallAtReading = ({ wall }: SetClock["sources"]): bigint => BigInt(wall - HELD_UP_MILLIS) * 1_000_000n

/** Both clocks go on by so much behind each reading. */
function heldUpClockAt(start: number): SetClock {
  const sources = { wall: start, steady: 0 }
  const read = (name: "wall" | "steady"): number => {
    const time = sources[name]
    sources.wall += HELD_UP_MILLIS
    sources.steady += HELD_UP_MILLIS
    return time
  }
  const clock = new Clock({ wallMillis: () => read("wall"), steadyMillis: () => read("steady") })
  return { clock, sources }
}
