// What becomes of a watchdog where something is missing or in its way: see also start-monitor.test.ts.

import { spawnSync } from "node:child_process"
import { setTimeout as sleep } from "node:timers/promises"
import { WebSocket } from "undici"
import { describe, expect, test } from "vitest"
import { compiled, type Run, run } from "./fixtures/run.ts"

/** Whether this user may hide /proc from a process. */
const mayHide = spawnSync("unshare", ["--mount", "true"]).status === 0

describe.runIf(mayHide)("without /proc", () => {
  test("a block is told with its line", async () => {
    const { code, stderr, longest } = await withoutProc("busy").ended
    expect(stderr).toMatch(/so far, in spin {2}.*blocks\.ts:\d+:\d+\n {2}cause: cpu/)
    expect(longest).toMatchObject({ cause: "cpu", stackTaken: "during" })
    expect(longest?.figures).not.toHaveProperty("runMillis")
    expect(code).toBe(0)
  })

  test("a call that cannot be interrupted is told, with its line once it has returned", async () => {
    const { longest } = await withoutProc("shell").ended
    expect(longest).toMatchObject({ cause: "sync-call", call: "execSync", stackTaken: "after" })
  })

  test("stacks that cannot be read out of memory are not missed", async () => {
    const { code, stderr } = await run(
      ["--import", compiled("register.js"), compiled("fixtures/plain.js"), "shell"],
      { AVROLET_READ_NATIVE_STACKS: "1" },
      HIDING_PROC,
    ).ended
    expect(stderr).toMatch(/so far, inside a native call\n/)
    expect(stderr).not.toContain("avrolet watchdog:")
    expect(code).toBe(0)
  })

  test("nobody is blamed for a process that is suspended", async () => {
    // Without /proc nobody can tell that the machine was busy with others: it is not, for so long.
    const program = withoutProc("idle", { THRESHOLD: "1000" })
    await program.prints("ready")
    for (const millis of [2000, 500, 1500]) {
      program.signal("SIGSTOP")
      await sleep(millis)
      program.signal("SIGCONT")
      await sleep(1300)
    }
    program.release()
    const { blocks, stderr } = await program.ended
    expect({ blocks, stderr }).toEqual({ blocks: [], stderr: "" })
  })
})

// As in tests that emulate a browser, where some of them are missing.
test("without the global timers and clocks of Node.js, a block is told, and the program goes on", async () => {
  const { code, stdout, stderr } = await run(["--input-type=module", "-e", BARE]).ended
  expect(stderr).toMatch(/so far, in spin/)
  expect({ code, stdout }).toEqual({ code: 0, stdout: "done\n" })
})

describe("with a debugger attached", () => {
  test("a block is told as without it, and the debugger stays attached", async () => {
    const program = run(["--inspect=127.0.0.1:0", compiled("fixtures/blocks.js"), "asked"])
    await program.prints("ready")
    const { hasAskedToLeave } = await attachDebugger(program)
    program.release()
    const { code, stderr, longest } = await program.ended
    expect(stderr).toMatch(/in spin {2}.*blocks\.ts:\d+:\d+/)
    expect(longest).toMatchObject({ cause: "cpu", stackTaken: "during" })
    expect({ code, asked: hasAskedToLeave() }).toEqual({ code: 0, asked: true })
  })

  test("a breakpoint is a block like any other, and harms nothing", async () => {
    const program = run(["--inspect=127.0.0.1:0", compiled("fixtures/blocks.js"), "working"])
    await program.prints("ready")
    const { debug } = await attachDebugger(program)
    await debug("Debugger.pause", {})
    await program.says(/event loop blocked for \d+ ms so far/)
    await sleep(300)
    await debug("Debugger.resume", {})
    await program.says(/event loop free again/)
    program.release()
    expect(await program.ended).toMatchObject({ code: 0 })
  })
})

const BARE = `
  import { setTimeout as sleep } from "node:timers/promises"
  for (const name of ["Timeout", "Interval", "Immediate"]) {
    delete globalThis["set" + name]
    delete globalThis["clear" + name]
  }
  for (const name of ["performance", "queueMicrotask", "structuredClone", "MessageChannel"]) delete globalThis[name]
  const { watchEventLoop } = await import("@avrolet/watchdog")
  watchEventLoop()
  await sleep(1000)
  spin()
  await sleep(200)
  console.log("done")
  function spin() { const end = Date.now() + 400; while (Date.now() < end); }
`

const HIDING_PROC = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]

const withoutProc = (way: string, environment: NodeJS.ProcessEnv = {}): Run =>
  run([compiled("fixtures/blocks.js"), way], environment, HIDING_PROC)

/**
 * Attaches to the program's inspector as its developer would, until the program asks it to leave, as one does that ends.
 * `debug` sends a command, and waits for its result.
 */
async function attachDebugger(program: Run) {
  const [, url = ""] =
    /Debugger listening on (ws:\S+)/.exec(await program.says(/Debugger listening on ws:\S+/)) ?? []
  const socket = new WebSocket(url)
  const waiting = new Map<number, (result: unknown) => void>()
  let wasAsked = false
  socket.addEventListener("message", ({ data }) => {
    const { id, result, method } = JSON.parse(String(data))
    waiting.get(id)?.(result)
    if (method !== "NodeRuntime.waitingForDisconnect") return
    wasAsked = true
    socket.close()
  })
  await new Promise((resolve) => socket.addEventListener("open", resolve))
  let lastId = 0
  const debug = (method: string, params: object): Promise<unknown> =>
    new Promise((resolve) => {
      waiting.set(++lastId, resolve)
      socket.send(JSON.stringify({ id: lastId, method, params }))
    })
  await debug("NodeRuntime.notifyWhenWaitingForDisconnect", { enabled: true })
  await debug("Debugger.enable", {})
  return { debug, hasAskedToLeave: () => wasAsked }
}
