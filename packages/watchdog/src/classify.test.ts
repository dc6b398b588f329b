import { describe, expect, test } from "vitest"
import { blamedMillis, causeOf } from "./classify.ts"

describe("blamedMillis", () => {
  test("without figures of the kernel, code answers for what the monitor saw of the lateness", () => {
    expect(blamedMillis(700, 0)).toBe(700)
    expect(blamedMillis(700, 680)).toBe(20)
  })

  test.for([
    { name: "a busy thread", late: 60, run: 58, queued: 1, state: "R", blamed: 59 },
    { name: "a thread that sleeps in a call", late: 60, run: 1, queued: 0, state: "S", blamed: 60 },
    { name: "a thread that waits for the disk", late: 60, run: 1, queued: 0, state: "D", blamed: 60 },
    {
      name: "a thread that waits for a processor, not yet counted",
      late: 300,
      run: 4,
      queued: 0,
      state: "R",
      blamed: 4,
    },
    {
      name: "a busy thread that may wait for a processor by now",
      late: 60,
      run: 40,
      queued: 0,
      state: "R",
      blamed: 40,
    },
    { name: "a thread that waited for a processor", late: 300, run: 20, queued: 270, state: "S", blamed: 30 },
    {
      name: "a busy thread that shares its processor",
      late: 200,
      run: 80,
      queued: 110,
      state: "R",
      blamed: 90,
    },
    {
      name: "a busy thread beside a monitor that is starved, too",
      late: 200,
      run: 90,
      queued: 100,
      lost: 80,
      state: "R",
      blamed: 90,
    },
    { name: "a process that is stopped", late: 700, run: 1, queued: 0, state: "T", blamed: 0 },
    { name: "a process that a tracer holds", late: 700, run: 1, queued: 0, state: "t", blamed: 0 },
    { name: "a process that was stopped", late: 700, run: 2, queued: 0, lost: 690, state: "S", blamed: 10 },
  ])("$name answers for $blamed ms", ({ late, lost = 0, run, queued, state, blamed }) => {
    expect(blamedMillis(late, lost, { runMillis: run, queuedMillis: queued, state })).toBe(blamed)
  })
})

describe("causeOf", () => {
  const nothing = {
    millis: 100,
    answeredMillis: 0,
    silentMillis: 0,
    call: undefined,
    gcMillis: 0,
    readMillis: 0,
    moves: 0,
    newCallbacks: 0,
    steps: 0,
    ticking: false,
  }

  test("nothing learnt is unknown", () => {
    expect(causeOf(nothing)).toBe("unknown")
  })

  test("a thread that answers most of the time runs JavaScript", () => {
    expect(causeOf({ ...nothing, answeredMillis: 60, silentMillis: 40 })).toBe("cpu")
  })

  test("a thread that is silent most of the time is in a native call", () => {
    expect(causeOf({ ...nothing, answeredMillis: 40, silentMillis: 60 })).toBe("native")
  })

  test("a thread that collects garbage for half of the time or more is held by that, and not less", () => {
    const answers = { ...nothing, answeredMillis: 100, readMillis: 80 }
    expect(causeOf({ ...answers, gcMillis: 40 })).toBe("gc")
    expect(causeOf({ ...answers, gcMillis: 39 })).toBe("cpu")
  })

  test("a thread that is silent because it collects garbage is in no native call", () => {
    const silent = { ...nothing, millis: 1000, answeredMillis: 480, silentMillis: 520, readMillis: 900 }
    expect(causeOf({ ...silent, gcMillis: 400 })).toBe("cpu")
    expect(causeOf({ ...silent, gcMillis: 30 })).toBe("native")
  })

  test("a collection while hardly any of the block was looked at is not the cause", () => {
    const answers = { ...nothing, millis: 600, answeredMillis: 600, readMillis: 30 }
    expect(causeOf({ ...answers, gcMillis: 20 })).toBe("cpu")
  })

  test("a thread that has begun a microtask or a tick at every other look runs through their queue", () => {
    const answers = { ...nothing, answeredMillis: 100, steps: 6 }
    expect(causeOf({ ...answers, moves: 3 })).toBe("microtasks")
    expect(causeOf({ ...answers, moves: 6, newCallbacks: 6, ticking: true })).toBe("microtasks")
    expect(causeOf({ ...answers, moves: 2 })).toBe("cpu")
    expect(causeOf({ ...answers, moves: 1, steps: 1 })).toBe("cpu")
  })

  test("a thread that has begun another timer or event at every other look runs through callbacks", () => {
    expect(causeOf({ ...nothing, answeredMillis: 100, steps: 6, moves: 6, newCallbacks: 3 })).toBe(
      "callbacks",
    )
  })

  test("a native call that is known by its name is a synchronous call", () => {
    expect(causeOf({ ...nothing, silentMillis: 100, call: "fs.readFileSync" })).toBe("sync-call")
  })

  test("Atomics.wait is a synchronous call, though it answers", () => {
    expect(causeOf({ ...nothing, answeredMillis: 100, call: "Atomics.wait" })).toBe("sync-call")
  })

  test("a synchronous call at the end of much JavaScript is not the cause", () => {
    expect(causeOf({ ...nothing, answeredMillis: 80, silentMillis: 20, call: "fs.statSync" })).toBe("cpu")
  })

  test("a thread that answers and hardly runs is in calls that wait, unless it waited for a processor", () => {
    const answers = { ...nothing, answeredMillis: 100 }
    expect(causeOf({ ...answers, activity: { runMillis: 10, queuedMillis: 0, state: "S" } })).toBe("native")
    expect(causeOf({ ...answers, activity: { runMillis: 10, queuedMillis: 80, state: "R" } })).toBe("cpu")
  })
})
