// What the system refuses for a while must not make names unknown.

import fs, { renameSync, symlinkSync } from "node:fs"
import os from "node:os"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { refreshed } from "./clock.ts"
import { createClock } from "./testing/clock.ts"
import { startDnsServer, zone } from "./testing/dns-server.ts"
import { createFolder } from "./testing/files.ts"
import { addressesFrom, lookupFrom } from "./testing/names.ts"
import { breakCall } from "./testing/system.ts"
import { watchedFile } from "./watched-file.ts"

test("where the machine's own addresses cannot be had, both families are looked up", async () => {
  await using server = await startDnsServer(
    zone({ "both.test": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] } }),
  )
  using _refused = breakCall(os, "networkInterfaces", "ERR_SYSTEM_ERROR")
  expect(await addressesFrom(server)("both.test")).toEqual(["192.0.2.1", "2001:db8::1"])
  expect(await promisify(lookupFrom(server))("both.test")).toEqual({ address: "192.0.2.1", family: 4 })
})

test("what is refreshed stays what it was where it cannot be had, and is asked for again after a second", () => {
  const clock = createClock()
  let given: string | undefined
  const read = refreshed(
    () => {
      if (given === undefined) throw new Error("not now")
      return given
    },
    clock.now,
    () => "unknown",
  )
  expect(read()).toBe("unknown")
  given = "one"
  expect(read()).toBe("unknown")
  clock.advance(1000)
  expect(read()).toBe("one")
  given = undefined
  clock.advance(1000)
  expect(read()).toBe("one")
})

test("a file that could not be opened is opened again, though its date is the same", () => {
  using folder = createFolder()
  const clock = createClock()
  const path = folder.write("hosts", "one")
  fs.utimesSync(path, 1, 1)
  const read = watchedFile(path, 100, (text) => text, clock.now)
  {
    using _full = breakCall(fs, "openSync", "EMFILE")
    expect(read()).toBe("")
  }
  clock.advance(1000)
  expect(read()).toBe("one")
})

test("a file that cannot be read any more is what it was", () => {
  using folder = createFolder()
  const clock = createClock()
  const path = folder.write("hosts", "one")
  const read = watchedFile(path, 100, (text) => text, clock.now)
  expect(read()).toBe("one")
  folder.write("hosts", "two")
  clock.advance(1000)
  {
    using _full = breakCall(fs, "openSync", "EMFILE")
    expect(read()).toBe("one")
  }
  clock.advance(1000)
  expect(read()).toBe("two")

  renameSync(path, folder.path("moved"))
  symlinkSync(path, path) // whose end nobody finds
  clock.advance(1000)
  expect(read()).toBe("two")
})
