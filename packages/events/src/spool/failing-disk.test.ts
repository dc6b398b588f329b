// What a disk refuses, or is slow to do, at Node's own file handle.

import { type FileHandle, open, readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { schema } from "@avrolet/avro"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { EventsError } from "../errors.ts"
import { batchOf, counted, valuesOf } from "../fixtures/batches.ts"
import { newDirectory } from "../testing/directory.ts"
import { type DistantSink, distantSink } from "../testing/distant-sink.ts"
import { type SetAside, spool } from "./index.ts"
import { frameOfBatch } from "./segment.ts"

/** An earlier version of `Counted`: its batches are in segments of their own. */
const Older = schema({
  type: "record",
  name: "Counted",
  namespace: "example",
  fields: [{ name: "count", type: "long" }],
})
const away = (): EventsError => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")

let handle: FileHandle
let directory: string
let sink: DistantSink
beforeEach(async () => {
  const opened = await open(import.meta.filename)
  await opened.close()
  handle = Object.getPrototypeOf(opened) as FileHandle
  directory = await newDirectory()
  sink = distantSink()
})
afterEach(() => {
  vi.restoreAllMocks()
})

test("a file that fails as it is closed holds up nothing", async () => {
  sink.refusal = away
  const write = vi.spyOn(handle, "write")
  const spooled = spool(sink, directory)
  await spooled.write(batchOf(Older, [{ count: 0 }]))
  const file = write.mock.contexts[0] as FileHandle
  const close = file.close.bind(file)
  file.close = async () => {
    await close()
    throw Object.assign(new Error("EIO"), { code: "EIO", syscall: "close" })
  }
  await spooled.write(counted("a", 1, 2))
  sink.refusal = undefined
  await spooled.close()
  expect(countsIn(sink)).toEqual([0, 1])
})

test("a file that somebody removed is told, and holds up nothing", async () => {
  sink.refusal = away
  const onSetAside = vi.fn<(setAside: SetAside) => void>()
  const spooled = spool(sink, directory, { onSetAside })
  await spooled.write(batchOf(Older, [{ count: 0 }]))
  await spooled.write(counted("a", 1, 2))
  await spooled.write(batchOf(Older, [{ count: 2 }]))
  await rm(join(directory, "example.Counted", "000000000002.spool"))
  sink.refusal = undefined
  await spooled.close()
  expect(countsIn(sink)).toEqual([0, 2])
  expect(onSetAside).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({
      error: expect.objectContaining({ code: "ERR_EVENTS_DAMAGED" }) as EventsError,
    }),
  )
})

test("a batch that waited for room does not overtake one that could not be written", async () => {
  sink.refusal = away
  const maxBytes = 2 * frameOfBatch(counted("a", 0, 1)).length
  const spooled = spool(sink, directory, { maxBytes })
  await spooled.write(counted("a", 0, 1))
  vi.spyOn(handle, "write").mockRejectedValueOnce(
    Object.assign(new Error("ENOSPC"), { code: "ENOSPC", syscall: "write" }),
  )
  const writeBoth = (): Promise<void>[] => [1, 2].map((from) => spooled.write(counted("a", from, from + 1)))
  expect(await Promise.allSettled(writeBoth())).toMatchObject([
    { status: "rejected", reason: { code: "ERR_EVENTS_FULL" } },
    { status: "rejected", reason: { code: "ERR_EVENTS_FULL" } },
  ])
  sink.refusal = undefined
  await Promise.all(writeBoth())
  await spooled.close()
  expect(countsIn(sink)).toEqual([0, 1, 2])
})

test("what is still being written when a spool is closed is sent", async () => {
  const spooled = spool(sink, directory)
  await spooled.write(batchOf(Older, [{ count: 0 }]))
  // oxlint-disable-next-line typescript/unbound-method -- called with its object
  const { write } = handle
  const held = new Promise<() => void>((tell) => {
    vi.spyOn(handle, "write").mockImplementation(async function (this: FileHandle, ...written: unknown[]) {
      const isHead = String(written[0]).includes('"version"')
      if (isHead) await new Promise<void>(tell)
      return Reflect.apply(write, this, written)
    })
  })
  const written = spooled.write(counted("a", 1, 2))
  const goOn = await held
  const closed = spooled.close()
  const first = "000000000001.spool"
  await vi.waitFor(
    async () => expect(await readdir(join(directory, "example.Counted"))).not.toContain(first),
    10_000,
  )
  await new Promise(setImmediate)
  goOn()
  await written
  await closed
  expect(countsIn(sink)).toEqual([0, 1])
})

const countsIn = (store: DistantSink): number[] =>
  store.batches.flatMap((batch) => valuesOf(Older, batch)).map(({ count }) => count)
