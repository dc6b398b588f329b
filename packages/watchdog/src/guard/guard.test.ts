import childProcess, { execSync } from "node:child_process"
import fs, { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, test } from "vitest"
import { currentCall, markCall } from "./call-marks.ts"
import { guardSyncCalls } from "./guard.ts"

const FILE = fileURLToPath(import.meta.url)
const original = fs.readFileSync
const releases: (() => void)[] = []

afterEach(() => {
  for (const release of releases.splice(0)) release()
})

describe("a guarded call", () => {
  test("is marked from its beginning to its end, and the call around it is marked again after it", () => {
    const marks = guard()
    let seen: string | undefined
    const path = {
      // read by statSync itself
      get href(): string {
        seen = currentCall(marks)
        return "file:///nowhere"
      },
      protocol: "file:",
    }
    const around = markCall(marks, marks.names.indexOf("child_process.execSync") + 1)
    expect(() => fs.statSync(path as unknown as URL)).toThrow()
    expect(seen).toBe("fs.statSync")
    expect(currentCall(marks)).toBe("child_process.execSync")
    markCall(marks, around)
  })

  test("gives and throws what it always did, with its own this", () => {
    const expected = original(FILE, "utf8")
    guard()
    expect(fs.readFileSync(FILE, "utf8")).toBe(expected)
    expect(() => fs.readFileSync("/nowhere")).toThrow(/ENOENT/)
    expect(JSON.parse('{"a":1}')).toEqual({ a: 1 })
    expect(JSON.parse(`[${"1,".repeat(100_000)}1]`)).toHaveLength(100_001)
  })

  test("keeps its name, its length and its properties", () => {
    const { name, length } = fs.realpathSync
    const { native } = fs.realpathSync
    guard()
    expect([fs.realpathSync.name, fs.realpathSync.length]).toEqual([name, length])
    expect(fs.realpathSync.native).toBe(native)
  })

  test("is what import gives, too", () => {
    guard()
    expect(readFileSync).toBe(fs.readFileSync)
    expect(readFileSync).not.toBe(original)
    expect(execSync).toBe(childProcess.execSync)
  })
})

describe("releasing", () => {
  test("puts back what was there, when the last watchdog does it", () => {
    const parse = JSON.parse
    const first = guardSyncCalls()
    const second = guardSyncCalls()
    first.release()
    expect(fs.readFileSync).not.toBe(original)
    second.release()
    expect(fs.readFileSync).toBe(original)
    expect(readFileSync).toBe(original)
    expect(JSON.parse).toBe(parse)
  })

  test("leaves a wrapper that somebody has put around ours", () => {
    const before = fs.existsSync
    const { release } = guardSyncCalls()
    const guarded = fs.existsSync
    const wrapper: typeof fs.existsSync = (path) => guarded(path)
    fs.existsSync = wrapper
    release()
    expect(fs.existsSync).toBe(wrapper)
    expect(fs.existsSync(FILE)).toBe(true)
    fs.existsSync = before
  })
})

test("every synchronous call that Node has is guarded", () => {
  const { names } = guard()
  expect(names).toEqual(
    expect.arrayContaining([
      "fs.readFileSync",
      "fs.statSync",
      "child_process.execSync",
      "child_process.spawnSync",
      "crypto.pbkdf2Sync",
      "crypto.scryptSync",
      "zlib.gzipSync",
      "JSON.parse",
    ]),
  )
  expect(names.length).toBeGreaterThan(50)
})

function guard() {
  const { marks, release } = guardSyncCalls()
  releases.push(release)
  return marks
}
