import { describe, expect, test } from "vitest"
import type { Block, Frame } from "./block.ts"
import { createPrettyFormatter } from "./format-report.ts"
import { formatStack } from "./format-stack.ts"

const STYLE = { color: false, directory: "/app" }
const { blocked, free, lasting, starved } = createPrettyFormatter(STYLE, { threadId: 0 })

describe("a report", () => {
  test("says what blocks, where, for whom and why", () => {
    expect(blocked(BUSY, "so far")).toBe(`\
⚠ event loop blocked for 83 ms so far, in busy  src/service.ts:21:5
  while serving example.Tour.block
  cause: cpu (JavaScript kept running)
    at busy           src/service.ts:21:5
    at block          src/service.ts:14:10
    at async respond  node_modules/x/respond.js:40:30
`)
  })

  test("names the HTTP request in which the message came, and what the program's contexts hold", () => {
    const block = { ...BUSY, httpRequest: "POST /tour", contexts: { tenant: "acme\n", "session.id": "7" } }
    expect(blocked(block, "so far")).toContain(
      "\n  while serving example.Tour.block (POST /tour)\n  cause: cpu (JavaScript kept running)\n  tenant: acme\ufffd\n  session.id: 7\n",
    )
    const { request: _, ...withoutMessage } = block
    expect(blocked(withoutMessage, "so far")).toContain("\n  while serving POST /tour\n")
  })

  test("of a block that is over speaks in the past", () => {
    expect(blocked(BUSY, "in all")).toMatch(/^⚠ event loop was blocked for 83 ms, in busy /)
  })

  test("of a block that lasts is one line", () => {
    expect(lasting({ ...BUSY, millis: 12_345 })).toBe(
      "⚠ event loop still blocked after 12.3 s, in busy  src/service.ts:21:5\n",
    )
  })

  test("of the end is one line where the stack has been shown", () => {
    expect(free({ ...BUSY, millis: 512, samples: 24 }, BUSY)).toBe(
      "✓ event loop free again after 512 ms  (in busy  src/service.ts:21:5, 24 samples)\n",
    )
  })

  test("of the end says so when much of the block was waiting for a processor", () => {
    const block = { ...BUSY, millis: 500, figures: { ...FIGURES, queuedMillis: 200 } }
    expect(free(block, BUSY)).toContain("1 sample, 200 ms of it waiting for a processor)")
  })

  test("of a native call names the call once it has returned", () => {
    expect(blocked({ ...NATIVE, frames: [] }, "so far")).toBe(`\
⚠ event loop blocked for 93 ms so far, inside a native call
  cause: native (inside a call that cannot be interrupted)
  stack: to be had when the call returns
`)
    expect(free(NATIVE, { ...NATIVE, frames: [] })).toBe(`\
✓ event loop free again after 93 ms, in busy calling execSync  src/service.ts:21:5
  cause: native (inside a call that cannot be interrupted)
  stack: taken as the call returned
    at execSync  node:child_process:961:13
    at busy      src/service.ts:21:5
`)
  })

  test("of a native call does not blame the line at which JavaScript went on", () => {
    expect(free({ ...NATIVE, frames: [OWN] }, { ...NATIVE, frames: [] })).toBe(`\
✓ event loop free again after 93 ms, inside a native call just before busy  src/service.ts:21:5
  cause: native (inside a call that cannot be interrupted)
  stack: taken after the call had returned; the call is on its first line or just before
    at busy  src/service.ts:21:5
`)
  })

  test("of the end says what the cause turned out to be", () => {
    const block: Block = { ...BUSY, cause: "microtasks", samples: 9, figures: { ...FIGURES, callbacks: 8 } }
    expect(free(block, BUSY)).toBe(
      "✓ event loop free again after 83 ms  (in busy  src/service.ts:21:5, 9 samples, cause: microtasks, microtasks or ticks that never end; at 8 of 9 looks another one was running)\n",
    )
  })

  test("of starvation blames the machine", () => {
    expect(
      starved({ ...BUSY, cause: "starved", millis: 300, figures: { ...FIGURES, queuedMillis: 280 } }),
    ).toBe("⚠ event loop late by 300 ms, and not because of this program: it waited 280 ms for a processor\n")
  })

  test("of loading says that modules are being loaded", () => {
    const loader: Frame = { name: "run", file: "node:internal/modules/esm/module_job", line: 1, async: false }
    const { request: _, ...block } = { ...BUSY, frames: [OWN, loader] }
    expect(blocked(block, "so far")).toContain("\n  while loading modules\n")
  })

  test("of a deep stack leaves out its outer end", () => {
    const frames = Array.from({ length: 30 }, () => OWN)
    expect(blocked({ ...BUSY, frames }, "so far")).toMatch(/\n {4}… 20 more\n$/)
  })

  test("of a worker says which", () => {
    const worker = { ...BUSY, threadId: 3, threadName: "resizer\u0007" }
    expect(blocked(worker, "so far")).toMatch(
      /^⚠ event loop of worker 3 \(resizer\ufffd\) blocked for 83 ms so far,/,
    )
    expect(lasting({ ...BUSY, threadId: 3 })).toMatch(/^⚠ event loop of worker 3 still blocked after 83 ms,/)
  })

  test("is coloured only where asked for", () => {
    const report = createPrettyFormatter({ ...STYLE, color: true }, { threadId: 0 }).blocked(BUSY, "so far")
    expect(report).toContain("\u001b[33m⚠ event loop blocked")
    expect(report).toContain("\u001b[2m    at async respond")
    expect(blocked(BUSY, "so far")).not.toContain("\u001b")
  })

  test("lets no name drive the terminal", () => {
    const frames = [{ ...OWN, name: "\u001b[2Jevil\nline" }]
    const report = blocked({ ...BUSY, request: "a\u0007b", frames }, "so far")
    expect(report).not.toContain("\u001b")
    expect(report).not.toContain("\u0007")
    expect(report).toContain("in \ufffd[2Jevil\ufffdline")
  })
})

test("a stack is written as V8 writes it", () => {
  expect(formatStack([{ name: "RegExp.test", async: false }, OWN, { ...OWN, async: true }])).toBe(
    "    at RegExp.test (<anonymous>)\n    at busy (/app/src/service.ts:21:5)\n    at async busy (/app/src/service.ts:21:5)",
  )
})

const FIGURES = { answeredMillis: 80, silentMillis: 0, suspendedMillis: 0, gcMillis: 0, callbacks: 0 }
const OWN: Frame = { name: "busy", file: "/app/src/service.ts", line: 21, column: 5, async: false }
const BUSY: Block = {
  threadId: 0,
  millis: 83,
  startedAt: new Date(0),
  cause: "cpu",
  stack: "",
  frames: [
    OWN,
    { name: "block", file: "/app/src/service.ts", line: 14, column: 10, async: false },
    { name: "runMicrotasks", file: "node:internal/process/task_queues", line: 1, column: 1, async: false },
    { name: "respond", file: "/app/node_modules/x/respond.js", line: 40, column: 30, async: true },
  ],
  stackTaken: "during",
  request: "example.Tour.block",
  samples: 1,
  stacks: [],
  figures: FIGURES,
}
const { request: _request, ...WITHOUT_REQUEST } = BUSY
const NATIVE: Block = {
  ...WITHOUT_REQUEST,
  millis: 93,
  cause: "native",
  stackTaken: "after",
  frames: [{ name: "execSync", file: "node:child_process", line: 961, column: 13, async: false }, OWN],
}
