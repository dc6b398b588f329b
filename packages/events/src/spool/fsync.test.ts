// What the disk is asked for is counted at Node's own file handle: no test here can take a machine's power.

import { type FileHandle, open } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { EventsError } from "../errors.ts"
import { counted } from "../fixtures/batches.ts"
import { newDirectory } from "../testing/directory.ts"
import { distantSink } from "../testing/distant-sink.ts"
import { spool } from "./index.ts"

let handle: FileHandle

beforeEach(async () => {
  const opened = await open(import.meta.filename)
  await opened.close()
  handle = Object.getPrototypeOf(opened) as FileHandle
})
afterEach(() => {
  vi.restoreAllMocks()
})

const NEW_SPOOL = 2 // the folders `new` and `spool`
const NEW_KIND = 1
const NEW_SEGMENT = 1

test.for([
  { fsync: false, calls: 0 },
  { fsync: true, calls: NEW_SPOOL + NEW_KIND + NEW_SEGMENT },
])(
  "with `fsync: $fsync` a batch is acknowledged after $calls calls of fsync for the names of new folders and files",
  async ({ fsync, calls }) => {
    const directory = join(await newDirectory(), "new", "spool")
    const sync = vi.spyOn(handle, "sync")
    const sink = distantSink()
    sink.refusal = () => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
    const spooled = spool(sink, directory, { fsync, closeMillis: 10 })
    await spooled.write(counted("a", 0, 1))
    expect(sync).toHaveBeenCalledTimes(calls)
    await spooled.write(counted("a", 1, 2))
    expect(sync).toHaveBeenCalledTimes(calls) // the file is there
    await spooled.close()
  },
)

test("with `fsync` a batch whose file may not outlive a loss of power is not acknowledged, and can be tried again", async () => {
  const directory = await newDirectory()
  const sink = distantSink()
  const spooled = spool(sink, directory, { fsync: true })
  await spooled.write(counted("a", 0, 1))
  await spooled.close()
  const again = spool(sink, directory, { fsync: true })
  vi.spyOn(handle, "sync").mockRejectedValueOnce(
    Object.assign(new Error("EIO"), { code: "EIO", syscall: "fsync" }),
  )
  await expect(again.write(counted("a", 1, 2))).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
  await again.write(counted("a", 1, 2))
  await again.close()
  expect(sink.batches).toHaveLength(2)
})
