import { execFileSync } from "node:child_process"
import { rmSync, utimesSync } from "node:fs"
import { expect, test } from "vitest"
import { createClock } from "./testing/clock.ts"
import { createFolder } from "./testing/files.ts"
import { watchedFile } from "./watched-file.ts"

test("a change is seen after a second, and a removal, and that it is there again", () => {
  using folder = createFolder()
  const clock = createClock()
  const path = folder.write("hosts", "one")
  const read = watchedFile(path, 100, (text) => text, clock.now)
  expect(read()).toBe("one")
  folder.write("hosts", "two")
  clock.advance(999)
  expect(read()).toBe("one")
  clock.advance(1)
  expect(read()).toBe("two")
  rmSync(path)
  clock.advance(1000)
  expect(read()).toBe("")
  folder.write("hosts", "three")
  clock.advance(1000)
  expect(read()).toBe("three")
})

test("a change that leaves size and time as they were is seen, where the file was young when it was read", () => {
  using folder = createFolder()
  const clock = createClock()
  const now = new Date()
  const path = folder.write("hosts", "one")
  utimesSync(path, now, now)
  const read = watchedFile(path, 100, (text) => text, clock.now)
  expect(read()).toBe("one")
  folder.write("hosts", "two")
  utimesSync(path, now, now)
  clock.advance(1000)
  expect(read()).toBe("two")
})

test("a file that stays as it is is parsed once", () => {
  using folder = createFolder()
  const clock = createClock()
  const path = folder.write("hosts", "one")
  const read = watchedFile(path, 100, (text) => ({ text }), clock.now)
  const first = read()
  for (let seconds = 0; seconds < 5; seconds++) {
    utimesSync(path, seconds, seconds)
    clock.advance(1000)
    expect(read()).toBe(first)
  }
})

test("of a file that is too large the whole lines that fit are read", () => {
  using folder = createFolder()
  const read = watchedFile(folder.write("hosts", "one\ntwo\nthree\n"), 10, (text) => text, createClock().now)
  expect(read()).toBe("one\ntwo")
})

test("what is no file is an empty one, and nothing waits for it", () => {
  using folder = createFolder()
  execFileSync("mkfifo", [folder.path("pipe")])
  for (const path of [folder.path("none"), folder.path("."), folder.path("pipe"), "/dev/zero", "a\0b"])
    expect(watchedFile(path, 100, (text) => text, createClock().now)()).toBe("")
})
