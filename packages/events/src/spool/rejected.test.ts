import { mkdtemp, readdir, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { schema } from "@avrolet/avro"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { EventsError } from "../errors.ts"
import { batchOf, Counted, counted, upTo, valuesOf } from "../fixtures/batches.ts"
import type { EventBatch } from "../sink.ts"
import { distantSink } from "../testing/distant-sink.ts"
import { spool } from "./index.ts"

/** An earlier version of `Counted`. */
const Older = schema({
  type: "record",
  name: "Counted",
  namespace: "example",
  fields: [{ name: "count", type: "long" }],
})

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "avrolet-rejected-"))
})
afterEach(() => rm(directory, { recursive: true }))

describe("what is set aside", () => {
  test("is in a file for each version of its event, each of which can be sent later", async () => {
    const older = (count: number): EventBatch => batchOf(Older, [{ count }])
    await setAside([older(0), counted("a", 1, 2), older(2), older(3)])
    expect(await rejectedFiles()).toHaveLength(3)
    const sent = await sendLater()
    expect(sent.map(({ kind }) => kind.event.definition)).toEqual(
      [Older, Counted, Older, Older].map(({ definition }) => definition),
    )
    expect(sent.map((batch) => valuesOf(Older, batch)[0]?.count)).toEqual([0, 1, 2, 3])
  })

  test("is in one file where the version is the same, as another process knows it too", async () => {
    const again = schema(Counted.definition as never)
    await setAside([counted("a", 0, 1), batchOf(again, [{ by: "a", count: 1 }])])
    expect(await rejectedFiles()).toHaveLength(1)
  })

  test("is whole when many batches are refused at the same time", async () => {
    await setAside(upTo(40).map((from) => counted("a", from, from + 1)))
    const counts = (await sendLater()).flatMap((batch) => valuesOf(Counted, batch)).map(({ count }) => count)
    expect(counts).toEqual(upTo(40))
  })

  test("is sent later, too, where what came after it was taken meanwhile", async () => {
    const store = distantSink()
    store.refusal = refuseFirst
    const onSetAside = vi.fn()
    const spooled = spool(store, directory, { onSetAside })
    await spooled.write(batchOf(Older, [{ count: 0 }]))
    await vi.waitFor(() => expect(onSetAside).toHaveBeenCalled(), 10_000)
    await spooled.write(counted("a", 1, 2))
    await spooled.close()
    expect(store.batches).toHaveLength(1)
    expect((await sendLater()).map((batch) => valuesOf(Older, batch)[0]?.count)).toEqual([0])
  })

  test("is sent later without anything being sent again that came after it", async () => {
    const first = distantSink()
    first.refusal = refuseFirst
    const onSetAside = vi.fn()
    const spooled = spool(first, directory, { onSetAside, closeMillis: 10, maxInFlight: 1 })
    await spooled.write(batchOf(Older, [{ count: 0 }]))
    await vi.waitFor(() => expect(onSetAside).toHaveBeenCalled(), 10_000)
    const refusals = [vi.fn(awayFrom(3)), vi.fn(awayFrom(3))] as const
    first.refusal = refusals[0]
    for (const count of [1, 2, 3, 4]) await spooled.write(counted("a", count, count + 1))
    await vi.waitFor(() => expect(refusals[0]).toHaveReturnedWith(expect.any(EventsError)), 10_000)
    await spooled.close()
    expect(countsOf(first.batches)).toEqual([1, 2])
    for (const path of await rejectedFiles()) await rename(path, path.replace(".rejected", ".spool"))

    const second = distantSink()
    second.refusal = refusals[1]
    const again = spool(second, directory, { closeMillis: 10 })
    await vi.waitFor(() => expect(refusals[1]).toHaveReturnedWith(expect.any(EventsError)), 10_000)
    await again.close()
    const third = await sendLater()
    expect(countsOf([...second.batches, ...third]).toSorted((a, b) => a - b)).toEqual([0, 3, 4])
  })

  test("is sent later, too, where a segment had its number while its file was elsewhere", async () => {
    await setAside([counted("a", 0, 1)])
    const [path = ""] = await rejectedFiles()
    const elsewhere = join(directory, basename(path))
    await rename(path, elsewhere)
    const store = distantSink()
    const spooled = spool(store, directory)
    for (const count of [1, 2]) await spooled.write(counted("a", count, count + 1))
    await spooled.close()
    expect(countsOf(store.batches)).toEqual([1, 2])
    await rename(elsewhere, path)
    expect(countsOf(await sendLater())).toEqual([0])
  })

  test("is sent later under the ids that it was tried with", async () => {
    const tried = await setAside([0, 1, 2].map((from) => counted("a", from, from + 1)))
    expect(new Set(tried).size).toBe(3)
    expect((await sendLater()).map(({ id }) => id)).toEqual(tried)
  })

  test("is there once, and what follows is sent, though who is told of it throws", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockReturnValue(undefined)
    const store = distantSink()
    store.refusal = refuseFirst
    const onSetAside = vi.fn(() => {
      throw new Error("a mistake of the program")
    })
    const spooled = spool(store, directory, { onSetAside })
    for (const from of [0, 1]) await spooled.write(counted("a", from, from + 1))
    await vi.waitFor(() => expect(store.batches).toHaveLength(1), 10_000)
    await spooled.close()
    expect(onSetAside).toHaveBeenCalledTimes(1)
    expect(warned.mock.calls[0]?.[0]).toContain("a mistake of the program")
    warned.mockRestore()
    expect(store.batches.flatMap((batch) => valuesOf(Counted, batch)).map(({ count }) => count)).toEqual([1])
    expect(await sendLater()).toHaveLength(1)
  })
})

/** Refuses for good the batch that begins with 0. */
const refuseFirst = (batch: EventBatch | undefined): EventsError | undefined =>
  batch !== undefined && valuesOf(Older, batch)[0]?.count === 0
    ? new EventsError("ERR_EVENTS_TOO_LARGE", "too large")
    : undefined

/** Refuses for now the batches that begin with `count` or more. */
const awayFrom =
  (count: number) =>
  (batch: EventBatch | undefined): EventsError | undefined =>
    batch !== undefined && (countsOf([batch])[0] ?? 0) >= count
      ? new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
      : undefined

const countsOf = (batches: readonly EventBatch[]): number[] =>
  batches.flatMap((batch) => valuesOf(Older, batch)).map(({ count }) => count)

/** Has a store refuse all of them for good; their ids as it was given them. */
async function setAside(batches: readonly EventBatch[]): Promise<(string | undefined)[]> {
  const store = distantSink()
  const tried: (string | undefined)[] = []
  store.open = async () => undefined
  store.refusal = (batch) => {
    tried.push(batch?.id)
    return new EventsError("ERR_EVENTS_TOO_LARGE", "too large")
  }
  const spooled = spool(store, directory)
  await Promise.all(batches.map((batch) => spooled.write(batch)))
  await spooled.close()
  return tried
}

/** As the documentation has it: renames the files, and starts again. */
async function sendLater(): Promise<EventBatch[]> {
  for (const path of await rejectedFiles()) await rename(path, path.replace(".rejected", ".spool"))
  const store = distantSink()
  await spool(store, directory).close()
  return store.batches
}

async function rejectedFiles(): Promise<string[]> {
  const folder = join(directory, "example.Counted")
  const names = await readdir(folder)
  return names.filter((name) => name.endsWith(".rejected")).map((name) => join(folder, name))
}
