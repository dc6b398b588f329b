// What the disk does is played by Node's own file handle: there is no disk here that fails when it is asked to.

import { type FileHandle, open, readFile, stat } from "node:fs/promises"
import { readContainer } from "@avrolet/avro/container"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { Counted, counted, upTo, valuesOf } from "../fixtures/batches.ts"
import { kindOf } from "../kind.ts"
import { readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { filesIn, newDirectory } from "../testing/directory.ts"
import { Served } from "../testing/served.ts"
import { type Durability, fileSink, fileSource } from "./index.ts"

let handle: FileHandle

beforeEach(async () => {
  const opened = await open(import.meta.filename)
  await opened.close()
  handle = Object.getPrototypeOf(opened) as FileHandle
})

afterEach(() => {
  vi.restoreAllMocks()
})

describe("an acknowledgement comes", () => {
  test.for([
    { durability: "buffered", syncs: 0, directories: 0 },
    { durability: "flushed", syncs: 0, directories: 0 },
    { durability: "synced", syncs: 1, directories: 2 },
  ] as const)(
    "$durability after $syncs calls of fdatasync, and $directories of fsync for the names of a new folder and file",
    async ({ durability, syncs, directories }) => {
      const datasync = vi.spyOn(handle, "datasync")
      const sync = vi.spyOn(handle, "sync")
      const { recordOne, recorder } = await recording(durability)
      await recordOne()
      expect([datasync.mock.calls.length, sync.mock.calls.length]).toEqual([syncs, directories])
      await recordOne()
      expect([datasync.mock.calls.length, sync.mock.calls.length]).toEqual([syncs * 2, directories])
      await recorder.close()
    },
  )
})

describe("where writing fails half-way", () => {
  test("what was written is taken back, and the file goes on", async () => {
    const { directory, recordOne, recorder } = await recording("flushed")
    await recordOne()
    const [path = ""] = await filesIn(directory)
    const { size } = await stat(path)
    failHalfway()
    await expect(recordOne()).rejects.toThrow("EIO")
    expect((await stat(path)).size).toBe(size)
    await recordOne()
    await recorder.close()
    expect(await filesIn(directory)).toEqual([path])
    expect(await all(readContainer()(await readFile(path)))).toHaveLength(2)
  })

  test("and what was written cannot be taken back, the file is left as it is, and another goes on", async () => {
    const { directory, recordOne, recorder } = await recording("flushed")
    await recordOne()
    failHalfway()
    vi.spyOn(handle, "truncate").mockRejectedValueOnce(new Error("EIO"))
    await expect(recordOne()).rejects.toThrow("EIO")
    await recordOne()
    await recorder.close()
    expect(await filesIn(directory)).toHaveLength(2)
    expect(await all(readEvents(fileSource(directory), Served))).toHaveLength(2)
  })

  test("a file that holds nothing yet is removed", async () => {
    const { directory, recordOne, recorder } = await recording("flushed")
    failHalfway()
    await expect(recordOne()).rejects.toThrow("EIO")
    expect(await filesIn(directory)).toEqual([])
    await recordOne()
    await recorder.close()
    expect(await filesIn(directory)).toHaveLength(1)
  })
})

test("what waits behind a batch that cannot be stored fails with it: who tries again keeps the order", async () => {
  const directory = await newDirectory()
  const sink = fileSink(directory)
  await sink.open(kindOf(Counted))
  const now = BigInt(Date.now()) * 1_000_000n
  const write = (from: number): Promise<void> => sink.write(counted("a", from, from + 10, now))
  await write(0)
  const full = Object.assign(new Error("no space left"), { code: "ENOSPC", syscall: "write" })
  vi.spyOn(handle, "write").mockRejectedValueOnce(full)
  const failed = {
    status: "rejected",
    reason: expect.objectContaining({ code: "ERR_EVENTS_FULL" }) as unknown,
  }
  expect(await Promise.allSettled([10, 20, 30].map(write))).toEqual([failed, failed, failed])
  await Promise.all([10, 20, 30].map(write))
  await sink.close()
  const stored = await all(fileSource(directory).read({}))
  expect(stored.flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)).toEqual(upTo(40))
  expect(await filesIn(directory)).toHaveLength(1) // another begins where time goes back
})

test("where fdatasync fails the file is left: nobody knows what of it is on the disk", async () => {
  const { directory, recordOne, recorder } = await recording("synced")
  await recordOne()
  vi.spyOn(handle, "datasync").mockRejectedValueOnce(new Error("EIO"))
  await expect(recordOne()).rejects.toThrow("EIO")
  await recordOne()
  await recorder.close()
  expect(recorder.stats()).toMatchObject({ acknowledged: 2, failed: 1 })
  expect(await filesIn(directory)).toHaveLength(2)
})

test("where the file system counts no links to a file it goes on, though it looks removed", async () => {
  vi.spyOn(handle, "stat").mockResolvedValue({ nlink: 0 } as never)
  const { directory, recordOne, recorder } = await recording("flushed")
  for (let event = 0; event < 3; event++) await recordOne()
  await recorder.close()
  expect(await filesIn(directory)).toHaveLength(1)
})

/** The next write stores half of what it is given, and the one after it fails. */
function failHalfway(): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its object
  const write = handle.write as (this: FileHandle, ...where: [Uint8Array, ...number[]]) => Promise<unknown>
  const writeHalf = function (
    this: FileHandle,
    bytes: Uint8Array,
    start: number,
    length: number,
    at: number,
  ) {
    return write.call(this, bytes, start, Math.floor(length / 2), at)
  }
  vi.spyOn(handle, "write")
    .mockImplementationOnce(writeHalf as never)
    .mockRejectedValueOnce(new Error("EIO"))
}

interface Recording {
  readonly directory: string
  readonly recorder: ReturnType<typeof createRecorder>
  readonly recordOne: () => Promise<void>
}

async function recording(durability: Durability): Promise<Recording> {
  const directory = await newDirectory()
  const recorder = createRecorder(fileSink(directory, { durability }), { onError() {} })
  const recordOne = async (): Promise<void> => {
    recorder.record(Served, { route: "/", millis: 1 })
    await recorder.flush()
  }
  return { directory, recorder, recordOne }
}
