// What becomes of a spool that cannot have its files, for a while or for good.

import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { schema } from "@avrolet/avro"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { EventsError } from "../errors.ts"
import { batchOf, Counted, counted, valuesOf } from "../fixtures/batches.ts"
import { kindOf } from "../kind.ts"
import { type DistantSink, distantSink } from "../testing/distant-sink.ts"
import { spool } from "./index.ts"

const Other = schema({ type: "record", name: "Other", fields: [] })

let directory: string
let folder: string
let sink: DistantSink
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "avrolet-opening-"))
  folder = join(directory, "example.Counted")
  sink = distantSink()
})
afterEach(() => rm(directory, { recursive: true }))

describe("a kind whose files cannot be opened", () => {
  test("is refused with an error of events, and taken as soon as they can be", async () => {
    const spooled = spool(sink, directory)
    await spooled.write(batchOf(Other, [{}]))
    await writeFile(folder, "in the way")
    for (const refused of [spooled.write(counted("a", 0, 1)), spooled.open(kindOf(Counted))])
      await expect(refused).rejects.toMatchObject({
        name: "EventsError",
        code: "ERR_EVENTS_STORE",
        message: expect.stringContaining(folder),
      })
    await rm(folder)
    await spooled.write(counted("a", 1, 2))
    await spooled.close()
    expect(countsIn(sink)).toEqual([1])
  })

  test("keeps no other from being sent and closed, nor the directory from being let go of", async () => {
    const spooled = spool(sink, directory)
    await spooled.write(batchOf(Other, [{}]))
    await writeFile(folder, "in the way")
    await expect(spooled.write(counted("a", 0, 1))).rejects.toThrow(EventsError)
    await spooled.close()
    expect(sink.batches.map(({ kind }) => kind.name)).toEqual(["Other"])
    expect(sink.closed).toBe(true)
    expect(await readdir(directory)).toEqual(["Other", "example.Counted"]) // and no lock
  })

  test("at the start of a spool is tried again with each use of it", async () => {
    const inTheWay = join(folder, "position")
    await mkdir(inTheWay, { recursive: true })
    const spooled = spool(sink, directory)
    await expect(spooled.write(batchOf(Other, [{}]))).rejects.toMatchObject({
      code: "ERR_EVENTS_UNAVAILABLE",
      message: expect.stringContaining(folder),
    })
    await rm(inTheWay, { recursive: true })
    await spooled.write(counted("a", 0, 1))
    await spooled.close()
    expect(countsIn(sink)).toEqual([0])
  })

  test("at the start of a spool is told at its end, which lets go of the directory", async () => {
    await mkdir(join(folder, "position"), { recursive: true })
    const spooled = spool(sink, directory)
    await expect(spooled.close()).rejects.toMatchObject({ code: "ERR_EVENTS_UNAVAILABLE" })
    expect(sink.closed).toBe(true)
    expect(await readdir(directory)).toEqual(["example.Counted"])
  })
})

test("a directory that cannot be made is told as an error of events, and tried again", async () => {
  const parent = join(directory, "spools")
  await writeFile(parent, "in the way")
  const spooled = spool(sink, join(parent, "mine"))
  await expect(spooled.open(kindOf(Counted))).rejects.toMatchObject({
    code: "ERR_EVENTS_STORE",
    message: expect.stringContaining(join(parent, "mine")),
  })
  await rm(parent)
  await spooled.write(counted("a", 0, 1))
  await spooled.close()
  expect(countsIn(sink)).toEqual([0])
})

test("a spool that is closed opens nothing any more", async () => {
  const spooled = spool(sink, directory)
  await spooled.close()
  await expect(spooled.open(kindOf(Counted))).rejects.toMatchObject({ code: "ERR_EVENTS_CLOSED" })
  expect(await readdir(directory)).toEqual([])
})

const countsIn = (store: DistantSink): number[] =>
  store.batches
    .filter(({ kind }) => kind.name === "example.Counted")
    .flatMap((batch) => valuesOf(Counted, batch))
    .map(({ count }) => count)
