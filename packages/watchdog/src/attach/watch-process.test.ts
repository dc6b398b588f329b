// Watches processes that know nothing of it; see fixtures/stranger.ts for what they do.

import { type SpawnOptions, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, test } from "vitest"
import type { Block } from "../block.ts"
import { compiled, type Run, run } from "../fixtures/run.ts"
import type { ReportStyle } from "../report-style.ts"
import { type Line, openLine } from "./line.ts"
import { listeningAddresses } from "./listening.ts"
import { openInspector } from "./open-inspector.ts"
import { readProcess } from "./process-info.ts"
import { installExpression } from "./script.ts"
import { watchProcess } from "./watch-process.ts"

const SOURCE = fileURLToPath(new URL("../fixtures/stranger.ts", import.meta.url))

describe("a process that knows nothing of us", () => {
  test("is told of with the function and the TypeScript line, while it blocks", async () => {
    const watching = watch(await stranger("often"))
    await watching.reports(
      /⚠ event loop blocked for \d+ ms so far, in spin {2}.*stranger\.ts:\d+:\d+\n {2}cause: cpu/,
    )
    await watching.reports(/✓ event loop free again after \d+ ms/)
    await watching.end()
    const spins = watching.blocks.find(({ stack }) => stack.includes("at spin (")) // a busy machine adds others
    expect(spins).toMatchObject({ cause: "cpu", stackTaken: "during" })
    expect(spins?.frames[0]).toMatchObject({ name: "spin", file: SOURCE, line: lineOf("spin") })
  })

  test("is told of when it is in an endless loop already", async () => {
    const program = await stranger("endless")
    const watching = watch(program)
    await watching.reports(new RegExp(`so far, in endless {2}.*stranger\\.ts:${lineOf("endless")}:`))
    await watching.end()
    expect(watching.text()).toMatch(/still blocked after \d+ ms, in endless/)
    expect(watching.text()).not.toContain("free again")
    expect(listeningAddresses(program.pid)).toEqual(new Set())
  })

  test("is left as it was: nothing in it, its inspector closed, and able to end", async () => {
    const program = await stranger("often")
    const watching = watch(program)
    await watching.reports(/free again/)
    expect(listeningAddresses(program.pid)?.size).toBe(1)
    await watching.end()
    expect(watching.notices).toEqual([
      expect.stringMatching(
        /^opening the inspector of process \d+ on 127\.0\.0\.1:0; until it is closed, any program/,
      ),
      `watching process ${program.pid}`,
      `left process ${program.pid}, its inspector closed again`,
    ])
    expect(listeningAddresses(program.pid)).toEqual(new Set())
    program.release()
    expect(await program.ended).toMatchObject({ code: 0, stdout: "ready\nleft behind: nothing\n" })
  })

  test("keeps its inspector open if it was open before, and whoever is attached to it", async () => {
    const { program, address } = await inspected("often")
    const debug = await lineTo(program)
    const watching = watch(program)
    await watching.reports(/free again/)
    await watching.end()
    expect(watching.notices.at(-1)).toBe(`left process ${program.pid}, its inspector open as it was`)
    expect(listeningAddresses(program.pid)).toEqual(new Set([address]))
    expect(await debug.evaluate("String(process.pid)")).toBe(String(program.pid))
    debug.disconnect()
  })

  test("opens its inspector late: who gives up before it does is told what is waited for", async () => {
    const ready = "process.on('SIGUSR1', () => {}); setInterval(() => {}, 1000); console.log('ready')"
    const program = run(["--inspect-port=0", "-e", ready])
    await program.prints("ready")
    const watching = watch(program)
    await watching.notes("opening the inspector")
    const ended = expect(watching.end()).rejects.toMatchObject({ code: "ERR_WATCHDOG_INSPECTOR" })
    expect(watching.notices.at(-1)).toBe(
      `process ${program.pid} has not opened its inspector yet; waiting for that, to close it again`,
    )
    program.signal("SIGKILL")
    await ended
  })

  test("is left alone when who attaches gives up before its inspector is opened", async () => {
    const program = run(["--inspect-port=0", "-e", SILENT_SERVERS])
    running.add(program)
    await program.prints("ready")
    const before = listeningAddresses(program.pid)
    const watching = watch(program)
    await sleep(300) // each of its ports is asked for a second
    await watching.end()
    expect(watching.notices).toEqual([])
    expect(listeningAddresses(program.pid)).toEqual(before)
    program.signal("SIGKILL")
    const { stderr } = await program.ended
    expect(stderr).toBe("") // Node says there when it opens its inspector
  })

  test("is left alone when who attaches gives up on being told that its inspector is about to be opened", async () => {
    const program = await stranger("idle")
    const controller = new AbortController()
    const { signal } = controller
    await watchProcess(program.pid, { signal, onNotice: () => controller.abort() })
    program.release()
    const { stderr } = await program.ended
    expect(stderr).toBe("")
  })

  test("may end while it is watched", async () => {
    const program = await stranger("idle")
    const watching = watch(program)
    await watching.notes("watching")
    program.release()
    await watching.ended
    expect(watching.notices.at(-1)).toBe(`process ${program.pid} ended, or closed its inspector`)
    expect(await program.ended).toMatchObject({ code: 0 })
  })

  test("is watched on by callbacks that throw, which is said, and is left in the end", async () => {
    const program = await stranger("often")
    const { code, stdout, stderr } = await run(["--input-type=module", "-e", throwing(program)]).ended
    for (const name of ["onNotice", "onReport", "onBlock"]) {
      expect(stderr).toContain(`avrolet watchdog: ${name} threw Error: mine`)
    }
    expect({ code, stdout }).toEqual({ code: 0, stdout: "ended\n" })
    expect(listeningAddresses(program.pid)).toEqual(new Set())
  })

  test("is left when the watching fails, which is told to who asked for it", async () => {
    const program = await stranger("often")
    const style = {} as ReportStyle // no directory that paths could be relative to
    await expect(watchProcess(program.pid, { style })).rejects.toThrow(TypeError)
    expect(listeningAddresses(program.pid)).toEqual(new Set())
  })

  test("is not blamed for being suspended", async () => {
    const program = await stranger("idle")
    const watching = watch(program)
    await watching.notes("watching")
    for (const millis of [600, 100, 300]) {
      program.signal("SIGSTOP")
      await sleep(millis)
      program.signal("SIGCONT")
      await sleep(200)
    }
    await watching.end()
    expect(watching.blocks.filter(({ cause }) => cause !== "starved")).toEqual([])
    expect(watching.text()).not.toContain("blocked")
  })

  test("is watched by one at a time, and by the next one when the first was killed", async () => {
    const program = await stranger("often")
    const line = await lineTo(program)
    expect(await line.evaluate(installExpression(10, true))).toContain('"installed"')
    await expect(watchProcess(program.pid)).rejects.toMatchObject({ code: "ERR_WATCHDOG_WATCHED" })

    line.disconnect() // without having left
    const again = await untilAccepted(program)
    await again.reports(/free again/)
    await again.end()
    expect(again.notices.at(-1)).toBe(`left process ${program.pid}, its inspector closed again`)
    expect(listeningAddresses(program.pid)).toEqual(new Set())
  })
})

/** Watches until the second block. */
const throwing = ({ pid }: Run): string => `
  import { watchProcess } from "@avrolet/watchdog/attach"
  const controller = new AbortController()
  const fail = () => { throw new Error("mine") }
  let blocks = 0
  const onBlock = () => {
    if (++blocks === 2) controller.abort()
    fail()
  }
  await watchProcess(${pid}, { onNotice: fail, onReport: fail, onBlock, signal: controller.signal })
  console.log("ended")
`

const SILENT_SERVERS = `
  const { createServer } = require("node:net")
  const servers = [1, 2, 3].map(() => createServer(() => {}).listen(0, "127.0.0.1"))
  servers.at(-1).on("listening", () => console.log("ready"))
`

describe("is refused with a sentence, and left alone", () => {
  test.for([
    { name: "a process that is not there", pid: 4_194_305, says: "There is no process 4194305" },
    { name: "no process id", pid: 0, says: "0 is not a process id" },
    { name: "half a process id", pid: 1.5, says: "1.5 is not a process id" },
    { name: "itself", pid: process.pid, says: /is this one, which cannot watch itself/ },
  ])("$name", async ({ pid, says }) => {
    const refused = watchProcess(pid)
    await expect(refused).rejects.toThrow(says)
    await expect(refused).rejects.toMatchObject({ code: "ERR_WATCHDOG_PROCESS" })
  })

  test("a program that is not Node.js", async () => {
    await using other = anyProgram("sleep", ["30"])
    await expect(watchProcess(other.pid)).rejects.toThrow(
      `Process ${other.pid} is not Node.js: it runs sleep`,
    )
    expect(other.isAlive()).toBe(true)
  })

  test.runIf(process.geteuid?.() === 0)("a process of another user", async () => {
    await using other = anyProgram("sleep", ["30"], { uid: 65_534, cwd: "/" })
    await expect(watchProcess(other.pid)).rejects.toThrow(/belongs to user 65534, and this is user 0/)
    expect(other.isAlive()).toBe(true)
  })

  test("a process that is stopped", async () => {
    const stopped = await stranger("idle")
    stopped.signal("SIGSTOP")
    await expect.poll(() => readProcess(stopped.pid)?.isStopped, { timeout: 10_000 }).toBe(true)
    await expect(watchProcess(stopped.pid)).rejects.toThrow(/is stopped; continue it first/)
  })

  test("a process that SIGUSR1 would end, or not open", async () => {
    const flags = process.allowedNodeEnvironmentFlags.has("--permission")
      ? ["--permission", "--allow-fs-read=*"]
      : ["--experimental-permission", "--allow-fs-read=*"]
    const closed = await stranger("idle", ...flags)
    await expect(watchProcess(closed.pid)).rejects.toThrow(/does not open its inspector on SIGUSR1/)
    closed.release()
    expect(await closed.ended).toMatchObject({ code: 0 })
  })

  test("a process whose inspector's port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    const crowded = await stranger("idle", `--inspect-port=${port}`)
    await expect(watchProcess(crowded.pid)).rejects.toThrow(/where another program listens/)
    expect(listeningAddresses(crowded.pid)).toEqual(new Set())
    server.close()
  })

  test.for([
    { name: "that seems too old", harm: "delete process.getBuiltinModule", says: /needs 20\.16, .* newer$/ },
    {
      name: "that nothing can be put into",
      harm: "Object.preventExtensions(globalThis)",
      says: /did not let/,
    },
  ])("a process $name: its inspector is closed again", async ({ harm, says }) => {
    const program = run([
      "--inspect-port=0",
      "-e",
      `${harm}; setInterval(() => {}, 1000); console.log("ready")`,
    ])
    running.add(program)
    await program.prints("ready")
    const message = expect.stringMatching(says)
    await expect(watchProcess(program.pid)).rejects.toMatchObject({ code: "ERR_WATCHDOG_INSPECTOR", message })
    expect(listeningAddresses(program.pid)).toEqual(new Set())
  })

  test("a threshold of zero", async () => {
    await expect(watchProcess(1, { thresholdMillis: 0 })).rejects.toMatchObject({
      code: "ERR_WATCHDOG_THRESHOLD",
    })
  })
})

test("a process that found no inspector to speak to ends at once", async () => {
  const began = performance.now()
  const { code, stderr } = await run(["--input-type=module", "-e", SPEAKING_TO_NOBODY]).ended
  expect(stderr).toContain("No inspector answers at ws://127.0.0.1:1/")
  expect(code).toBe(1)
  expect(performance.now() - began).toBeLessThan(8000) // it would wait for 10 s
})

const SPEAKING_TO_NOBODY = `
  import { openLine } from ${JSON.stringify(compiled("attach/line.js"))}
  await openLine("ws://127.0.0.1:1/").catch(({ message }) => {
    console.error(message)
    process.exitCode = 1
  })
`

const running = new Set<Run>()
afterEach(async () => {
  for (const program of running) await stop(program)
})

/** Starts the fixture; its inspector, once opened, has a port of its own. */
async function stranger(way: string, ...flags: string[]): Promise<Run> {
  const program = run(["--inspect-port=0", ...flags, compiled("fixtures/stranger.js"), way])
  running.add(program)
  await program.prints("ready")
  return program
}

/** Starts the fixture with its inspector open, at an address that is known. */
async function inspected(way: string): Promise<{ program: Run; address: string }> {
  const first = await stranger(way, "--inspect=127.0.0.1:0")
  const [address = ""] = listeningAddresses(first.pid) ?? []
  await stop(first)
  return { program: await stranger(way, `--inspect=${address}`), address }
}

async function lineTo({ pid }: Run): Promise<Line> {
  const info = readProcess(pid)
  const inspector = info && (await openInspector(pid, info, () => {}))
  if (inspector === undefined) throw new Error("the process is not there")
  return openLine(inspector.webSocketUrl)
}

async function stop(program: Run): Promise<void> {
  running.delete(program)
  program.signal("SIGKILL")
  await program.ended
}

/** Any other program, killed when it goes out of scope. */
function anyProgram(command: string, args: readonly string[], options: SpawnOptions = {}) {
  const child = spawn(command, args, { stdio: "ignore", ...options })
  return {
    pid: child.pid ?? 0,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL")
      if (child.exitCode === null) await once(child, "exit")
    },
  }
}

/** Watches as soon as the process may be watched again. */
async function untilAccepted(program: Run): Promise<ReturnType<typeof watch>> {
  for (;;) {
    const watching = watch(program)
    const refusal = await watching.notes("watching").catch((error: unknown) => error)
    if (refusal === undefined) return watching
    expect(refusal).toMatchObject({ code: "ERR_WATCHDOG_WATCHED" })
    await sleep(500)
  }
}

function watch({ pid }: Run) {
  const controller = new AbortController()
  const notices: string[] = []
  const blocks: Block[] = []
  let text = ""
  const ended = watchProcess(pid, {
    onReport: (piece) => {
      text += piece
    },
    onBlock: (block) => blocks.push(block),
    onNotice: (sentence) => notices.push(sentence),
    signal: controller.signal,
  })
  const until = async (condition: () => boolean): Promise<void> => {
    for (let i = 0; i < 500 && !condition(); i++) await Promise.race([sleep(20), ended])
    if (!condition()) throw new Error(`not seen in ${text} ${notices.join("\n")}`)
  }
  return {
    notices,
    blocks,
    ended,
    text: () => text,
    reports: (pattern: RegExp) => until(() => pattern.test(text)),
    notes: (start: string) => until(() => notices.some((notice) => notice.startsWith(start))),
    end: () => {
      controller.abort()
      return ended
    },
  }
}

function lineOf(marker: string): number {
  const lines = readFileSync(SOURCE, "utf8").split("\n")
  return lines.findIndex((line) => line.endsWith(`// <- ${marker}`)) + 1
}
