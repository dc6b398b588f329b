// Real processes that really block; see fixtures/blocks.ts for what each does.

import { readFileSync } from "node:fs"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import type { Block, Frame } from "./block.ts"
import { compiled, type Run, run } from "./fixtures/run.ts"
import { toFoldedStacks } from "./flame.ts"

const SOURCE = fileURLToPath(new URL("fixtures/blocks.ts", import.meta.url))

describe("while it blocks", () => {
  test("a busy loop is reported with its function and its TypeScript line", async () => {
    const program = block("busy")
    const soFar = await program.says(/event loop blocked for \d+ ms so far.*\n(.*\n)*?.* at spin/)
    expect(soFar).toMatch(/so far, in spin {2}\.\.\/src\/fixtures\/blocks\.ts:\d+:\d+\n {2}cause: cpu/)
    expect(soFar).not.toContain("free again")

    const { longest: told } = await program.ended
    expect(told).toMatchObject({ cause: "cpu", stackTaken: "during" })
    expect(own(told)).toMatchObject({ name: "spin", file: SOURCE, line: lineOf("spin") })
    expect(toFoldedStacks({ stacks: told?.stacks ?? [] })).toMatch(
      /^(.*;)?busy blocks\.ts;spin blocks\.ts(;.*)? \d+$/m,
    )
    // what a busy machine keeps from the monitor is left out, and told apart
    expect((told?.millis ?? 0) + (told?.figures.suspendedMillis ?? 0)).toBeGreaterThan(300)
    expect(told?.stack).toContain(`at spin (${SOURCE}:${lineOf("spin")}:`)
  })

  test("an endless loop is reported although the process never gets to run anything else", async () => {
    const program = block("endless")
    await program.says(new RegExp(`in endless {2}.*blocks\\.ts:${lineOf("endless")}:`))
    program.signal("SIGKILL")
    await program.ended
  })

  test("a block that goes on is mentioned again after a second", async () => {
    const program = block("endless")
    await program.says(/still blocked after 1\d\d\d ms, in endless/)
    program.signal("SIGKILL")
    await program.ended
  })

  test("a regular expression is reported with the line that runs it", async () => {
    const { longest: told } = await block("regex").ended
    expect(told?.cause).toBe("cpu")
    expect(told?.frames[0]?.name).toMatch(/^RegExp\./)
    expect(told?.frames[1]).toMatchObject({ name: "backtrack", line: lineOf("backtrack") })
  })

  test("a turn of microtasks that never ends is reported with the function they run", async () => {
    const { longest: told } = await block("microtasks").ended
    expect(own(told)).toMatchObject({ name: "again" })
  })

  test("the stack goes on above an await", async () => {
    const { longest: told } = await block("awaiting").ended
    const own = told?.frames.filter(({ file }) => file === SOURCE).map(({ name, async }) => ({ name, async }))
    expect(own?.slice(0, 3)).toEqual([
      { name: "spin", async: false },
      { name: "load", async: false },
      { name: "handle", async: true },
    ])
  })

  test("the Avro RPC message being served is named", async () => {
    const { longest, stderr } = await block("request").ended
    expect(longest?.request).toBe("example.Echo.split")
    expect(stderr).toContain("while serving example.Echo.split\n")
  })
})

describe("a native call", () => {
  test.for([
    { way: "derive", callee: "pbkdf2Sync" },
    { way: "shell", callee: "execSync" },
  ])("$callee is named with the line of the call, once it has returned", async ({ way, callee }) => {
    const program = block(way)
    await program.says(/so far, inside a native call\n/)
    const { longest, stderr } = await program.ended
    expect(longest).toMatchObject({ cause: "sync-call", call: callee, stackTaken: "after" })
    const at = longest?.frames.findIndex(({ file }) => file === SOURCE) ?? -1
    expect(longest?.frames[at]).toMatchObject({ name: way, line: lineOf(way) })
    expect(longest?.frames[at - 1]?.name).toBe(callee)
    expect(stderr).toMatch(new RegExp(`free again after \\d+ ms, in ${way} calling ${callee} `))
  })

  test("a builtin that leaves no trace is not blamed on the next line without saying so", async () => {
    const { longest, stderr } = await block("parse").ended
    expect(longest).toMatchObject({ cause: "native", stackTaken: "after" })
    expect(stderr).toMatch(/inside a native call just before parse {2}.*blocks\.ts/)
  })

  test("Atomics.wait is a native call that can be seen into", async () => {
    const { longest: told } = await block("wait").ended
    expect(told).toMatchObject({ cause: "sync-call", call: "Atomics.wait", stackTaken: "during" })
    expect(told?.frames.slice(0, 2)).toMatchObject([
      { name: "Atomics.wait" },
      { name: "hold", line: lineOf("hold") },
    ])
  })
})

describe("blames nobody", () => {
  test("for a healthy loop, and lets the process end by itself", async () => {
    const { code, stderr, blocks } = await block("healthy").ended
    expect(blamed(blocks)).toEqual([])
    expect(stderr).not.toContain("blocked")
    expect(code).toBe(0)
  })

  test("for a process that is suspended, again and again", async () => {
    const program = block("idle")
    await program.prints("ready")
    for (const millis of [700, 90, 350, 60, 200]) {
      program.signal("SIGSTOP")
      await elapsed(millis)
      program.signal("SIGCONT")
      await elapsed(130)
    }
    program.release()
    const { code, blocks, stderr } = await program.ended
    expect(blamed(blocks)).toEqual([])
    expect(stderr).not.toContain("blocked")
    expect(code).toBe(0)
  })

  test.for(["idle", "working"])("for a process (%s) that is suspended fifty times", async (way) => {
    const program = block(way)
    await program.prints("ready")
    for (let i = 0; i < 50; i++) {
      program.signal("SIGSTOP")
      await elapsed(30 + 3 * i)
      program.signal("SIGCONT")
      await elapsed(20)
    }
    program.release()
    const { code, blocks, stderr } = await program.ended
    expect(blamed(blocks)).toEqual([])
    expect(stderr).not.toContain("blocked")
    expect(code).toBe(0)
  })

  test("for a process that hogs keep off the processors", async () => {
    const program = block("working")
    await program.prints("ready")
    const hogs = Array.from({ length: 4 * availableParallelism() }, () => run(["-e", HOG]))
    await Promise.all(hogs.map(({ ended }) => ended))
    program.release()
    const { blocks, stderr } = await program.ended
    expect(blamed(blocks)).toEqual([])
    expect(stderr).not.toContain("blocked for")
  })

  test("for the part of a block in which the process was suspended", async () => {
    const program = block("stoppable")
    await program.says(/so far, in burn/)
    program.signal("SIGSTOP")
    await elapsed(2000)
    program.signal("SIGCONT")
    const { longest, stdout } = await program.ended
    const took = Number(/took (\d+)/.exec(stdout)?.[1])
    expect(own(longest)?.name).toBe("burn")
    expect(took).toBeGreaterThan(2000)
    expect(longest?.millis).toBeLessThan(took - 1500)
  })
})

describe("the end of a block is told", () => {
  test("with its length and the number of samples", async () => {
    const { stderr } = await block("busy").ended
    expect(stderr).toMatch(/✓ event loop free again after \d+ ms {2}\(in spin {2}.*, \d+ samples.*\)\n/)
  })

  test("even when the blocking code ends the process", async () => {
    const { code, longest, stderr } = await block("exit").ended
    expect(code).toBe(7)
    expect(own(longest)?.name).toBe("spin")
    expect(stderr).toMatch(/free again|was blocked/)
  })

  test("once for a place that blocks again and again; in the end a table says how often", async () => {
    const { stderr, blocks } = await block("thrice").ended
    expect(stderr.match(/so far, in spin/g)).toHaveLength(1)
    expect(stderr.match(/free again after \d+ ms {2}\(in spin/g)).toHaveLength(1)
    expect(blocks.filter((each) => own(each)?.name === "spin")).toHaveLength(3)
    expect(stderr).toMatch(
      /event loop: \d+ blocks in .*\n +times +total.*\n(.*\n)* +3 +\d+ ms +\d+ ms {2}spin \(/,
    )
  })

  test("only for a block longer than the threshold", async () => {
    const { stderr, blocks } = await block("busy", { THRESHOLD: "5000" }).ended
    expect({ stderr, blocks }).toEqual({ stderr: "", blocks: [] })
  })
})

const HOG = "for (const end = Date.now() + 4000; Date.now() < end; );"

const block = (way: string, environment: NodeJS.ProcessEnv = {}): Run =>
  run([compiled("fixtures/blocks.js"), way], environment)

/** The innermost frame of the fixture: between its lines it may be in Node's own. */
const own = (told: Block | undefined): Frame | undefined => told?.frames.find(({ file }) => file === SOURCE)

// A machine that is overloaded may starve the process; that is reported, and blames no code.
const blamed = (blocks: readonly Block[]): readonly Block[] =>
  blocks.filter(({ cause }) => cause !== "starved")

function lineOf(marker: string): number {
  return (
    readFileSync(SOURCE, "utf8")
      .split("\n")
      .findIndex((line) => line.endsWith(`// <- ${marker}`)) + 1
  )
}

const elapsed = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))
