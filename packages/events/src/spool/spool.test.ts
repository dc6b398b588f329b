import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { declarationText, parseSchema, type Schema, schema } from "@avrolet/avro"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { EventsError } from "../errors.ts"
import { batchOf, Counted, counted, valuesOf } from "../fixtures/batches.ts"
import { kindOf } from "../kind.ts"
import type { EventBatch, EventSink } from "../sink.ts"
import { type DistantSink, distantSink } from "../testing/distant-sink.ts"
import { type SetAside, type Spool, type SpoolOptions, spool } from "./index.ts"

let directory: string
let sink: DistantSink
const spools: Spool[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "avrolet-spool-"))
  sink = distantSink()
})
afterEach(async () => {
  for (const each of spools.splice(0)) await each.close().catch(() => undefined)
  await rm(directory, { recursive: true })
})

describe("a spool", () => {
  test("passes on what it is given, in order, and leaves no batch behind", async () => {
    const spooled = spoolTo(sink)
    await spooled.open(kindOf(Counted))
    await Promise.all([0, 10, 20].map((from) => spooled.write(counted("a", from, from + 10))))
    await spooled.close()
    expect(countsIn(sink)).toEqual(upTo(30))
    expect(sink.closed).toBe(true)
    expect(await filesOf("example.Counted")).toEqual(["position"])
    expect(await readdir(directory)).toEqual(["example.Counted"]) // and no lock
  })

  test("acknowledges while the store is away, and passes it on in order when it is back", async () => {
    sink.refusal = () => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
    const spooled = spoolTo(sink)
    await spooled.open(kindOf(Counted))
    for (let from = 0; from < 400; from += 10) await spooled.write(counted("a", from, from + 10))
    expect(sink.batches).toEqual([])
    sink.refusal = undefined
    await spooled.close()
    expect(countsIn(sink)).toEqual(upTo(400))
  })

  test("keeps what the store has not taken for the next process, which sends it first", async () => {
    sink.refusal = () => new EventsError("ERR_EVENTS_FULL", "full")
    const first = spoolTo(sink, { closeMillis: 50 })
    await first.write(counted("a", 0, 10))
    await first.write(counted("a", 10, 20))
    await first.close()
    const next = distantSink()
    const second = spoolTo(next)
    await second.write(counted("a", 20, 30))
    await second.close()
    expect(countsIn(next)).toEqual(upTo(30))
    expect(next.opened.map(({ name }) => name)).toContain("example.Counted")
  })

  test("keeps a schema with all digits of a long's default, which JSON of JavaScript rounds", async () => {
    const text = `{"type":"record","name":"Since","fields":[{"name":"at","type":"long","default":${-(2n ** 63n)}}]}`
    const Since = parseSchema(text, { long: "bigint" }) as Schema<{ at: bigint }>
    sink.refusal = () => new EventsError("ERR_EVENTS_FULL", "full")
    const first = spoolTo(sink, { closeMillis: 50 })
    await first.write(batchOf(Since, [{ at: 1n }]))
    await first.close()
    const next = distantSink()
    await spoolTo(next).close()
    expect(next.batches.map(({ kind }) => declarationText(kind.event.definition))).toEqual([text])
  })

  test("sends once what the store takes only as it is closed", async () => {
    let end = (): void => undefined
    const ending = new Promise<void>((resolve) => {
      end = resolve
    })
    const writing: Promise<void>[] = []
    const slow: EventSink = {
      open: async () => undefined,
      write(batch) {
        writing.push(ending.then(() => sink.write(batch)))
        return writing.at(-1) as Promise<void>
      },
      async close() {
        end()
        await Promise.all(writing)
      },
    }
    const first = spoolTo(slow, { closeMillis: 10, maxInFlight: 2 })
    for (const from of [0, 1, 2]) await first.write(counted("a", from, from + 1))
    await vi.waitFor(() => expect(writing).toHaveLength(2), 10_000)
    await first.close()
    expect(countsIn(sink)).toEqual([0, 1])
    const next = distantSink()
    await spoolTo(next).close()
    expect(countsIn(next)).toEqual([2])
  })

  test("tries a batch again under the same id, also after the process was ended", async () => {
    const ids: (string | undefined)[][] = [[], []] // those that each batch was tried under
    const remember = (batch: EventBatch | undefined): EventsError | undefined => {
      const count = batch === undefined ? undefined : valuesOf(Counted, batch)[0]?.count
      if (count === undefined) return undefined
      ids[count]?.push(batch?.id)
      const isTaken = count === 0 && ids[0]?.length !== 1
      return isTaken ? undefined : new EventsError("ERR_EVENTS_UNAVAILABLE", "its answer was lost")
    }
    for (let round = 0; round < 2; round++) {
      const store = distantSink()
      store.refusal = remember
      const spooled = spoolTo(store, { closeMillis: 10 })
      if (round === 0) for (const from of [0, 1]) await spooled.write(counted("a", from, from + 1))
      const triesBefore = ids[1]?.length ?? 0
      await vi.waitFor(() => expect(ids[1]?.length).toBeGreaterThan(triesBefore + 1), 10_000)
      await spooled.close()
    }
    const different = ids.map((each) => new Set(each))
    expect(different.map(({ size }) => size)).toEqual([1, 1])
    expect(new Set(ids.flat()).size).toBe(2)
    expect(ids.flat()).not.toContain(undefined)
  })

  test("keeps events of one name and of several schemas in their order, each with its own", async () => {
    const Older = schema({
      type: "record",
      name: "Counted",
      namespace: "example",
      fields: [{ name: "count", type: "long" }],
    })
    sink.refusal = () => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
    const spooled = spoolTo(sink)
    await spooled.write(batchOf(Older, [{ count: 0 }]))
    await spooled.write(counted("a", 1, 2))
    await spooled.write(batchOf(Older, [{ count: 2 }]))
    sink.refusal = undefined
    await spooled.close()
    expect(sink.batches.map((batch) => valuesOf(Older, batch)[0]?.count)).toEqual([0, 1, 2])
    expect(sink.opened.map(({ event }) => event)).toEqual([Older, Counted, Older])
  })

  test("has a kind that waits hold up no other one", async () => {
    const Other = schema({ type: "record", name: "Other", fields: [] })
    sink.open = async () => undefined
    sink.refusal = (batch) =>
      batch?.kind.name === "Other" ? new EventsError("ERR_EVENTS_FORBIDDEN", "not this one") : undefined
    const spooled = spoolTo(sink, { closeMillis: 10 })
    await spooled.write(batchOf(Other, [{}]))
    await spooled.write(counted("a", 0, 3))
    await vi.waitFor(() => expect(countsIn(sink)).toEqual(upTo(3)), 10_000)
    await spooled.close()
    expect(countsIn(sink)).toEqual(upTo(3))
    expect(await filesOf("Other")).toEqual([expect.stringMatching(/^\d+\.spool$/), "position"])
  })

  test("that is full has the writer wait, and goes on when there is room", async () => {
    sink.refusal = () => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
    const spooled = spoolTo(sink, { maxBytes: 2000 })
    const written: number[] = []
    const writes = [0, 1, 2, 3].map((index) =>
      spooled.write(counted("a", index * 20, index * 20 + 20)).then(() => written.push(index)),
    )
    await writes[0]
    await Promise.race([Promise.all(writes), new Promise((resolve) => setTimeout(resolve, 300))])
    expect(written.length).toBeLessThan(4)
    expect(written.length).toBeGreaterThan(0)
    expect(spooled.waitingBytes).toBeLessThanOrEqual(2000)
    sink.refusal = undefined
    await Promise.all(writes)
    await spooled.close()
    expect(countsIn(sink)).toEqual(upTo(80))
  })

  test("that is full and closed rejects who waits", async () => {
    sink.refusal = () => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
    const spooled = spoolTo(sink, { maxBytes: 1, closeMillis: 10 })
    await spooled.write(counted("a", 0, 10))
    const rejected = expect(spooled.write(counted("a", 10, 20))).rejects.toMatchObject({
      code: "ERR_EVENTS_CLOSED",
    })
    await new Promise(setImmediate)
    await spooled.close()
    await rejected
    await expect(spooled.write(counted("a", 10, 20))).rejects.toMatchObject({ code: "ERR_EVENTS_CLOSED" })
  })

  test("sets aside what the store will never take, tells it, and goes on; it can be sent later", async () => {
    const setAside: SetAside[] = []
    sink.refusal = (batch) => {
      const [first] = batch === undefined ? [] : valuesOf(Counted, batch)
      return first?.count === 1 ? new EventsError("ERR_EVENTS_TOO_LARGE", "too large") : undefined
    }
    const spooled = spoolTo(sink, { onSetAside: (each) => setAside.push(each) })
    for (const from of [0, 1, 2]) await spooled.write(counted("a", from, from + 1))
    await spooled.close()
    expect(countsIn(sink)).toEqual([0, 2])
    expect(setAside).toEqual([
      {
        path: expect.stringMatching(/\.rejected$/),
        error: expect.objectContaining({ code: "ERR_EVENTS_TOO_LARGE" }),
      },
    ])
    const path = setAside[0]?.path ?? ""
    await rename(path, path.replace(".rejected", ".spool"))
    const later = distantSink()
    await spoolTo(later).close()
    expect(countsIn(later)).toEqual([1])
  })

  test("opens a kind as the store does, and takes it for granted where that is away", async () => {
    const spooled = spoolTo(sink)
    sink.refusal = () => new EventsError("ERR_EVENTS_SCHEMA", "incompatible")
    await expect(spooled.open(kindOf(Counted))).rejects.toMatchObject({ code: "ERR_EVENTS_SCHEMA" })
    sink.refusal = () => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
    await spooled.open(kindOf(Counted))
  })

  test("refuses a directory that another one has, also in the same process, and takes over from the dead", async () => {
    const first = spoolTo(sink)
    await first.write(counted("a", 0, 1))
    const second = spoolTo(distantSink())
    await expect(second.write(counted("a", 0, 1))).rejects.toMatchObject({
      code: "ERR_EVENTS_SPOOL",
      message: expect.stringContaining(`process ${process.pid}`),
    })
    await expect(second.close()).rejects.toMatchObject({ code: "ERR_EVENTS_SPOOL" })
    await first.close()
    await writeFile(join(directory, "lock"), "4194303 1") // larger than any pid
    const third = spoolTo(distantSink())
    await third.write(counted("a", 0, 1))
    await third.close()
  })

  test("sends what is before a damage, sets the file aside, and goes on with the next", async () => {
    sink.refusal = () => new EventsError("ERR_EVENTS_UNAVAILABLE", "away")
    const first = spoolTo(sink, { closeMillis: 10 })
    for (const from of [0, 1, 2]) await first.write(counted("a", from, from + 1))
    await first.close()
    const [segment = ""] = await filesOf("example.Counted")
    const file = await open(join(directory, "example.Counted", segment), "r+")
    const { size } = await file.stat()
    await file.write(Buffer.from([0xff]), 0, 1, size - 1) // in the last batch
    await file.close()
    const setAside: SetAside[] = []
    const next = distantSink()
    const second = spoolTo(next, { onSetAside: (each) => setAside.push(each) })
    await second.write(counted("a", 3, 4))
    await second.close()
    expect(countsIn(next)).toEqual([0, 1, 3])
    expect(setAside).toEqual([
      {
        path: expect.stringMatching(/\.damaged$/),
        error: expect.objectContaining({ code: "ERR_EVENTS_DAMAGED" }),
      },
    ])
    expect(await filesOf("example.Counted")).toContain(segment.replace("spool", "damaged"))
  })

  test("is not disturbed by what else is in its directory", async () => {
    await mkdir(join(directory, "example.Counted"), { recursive: true })
    await writeFile(join(directory, "notes.txt"), "mine")
    await writeFile(join(directory, "example.Counted", "000000000007.spool"), "no segment at all")
    const spooled = spoolTo(sink)
    await spooled.write(counted("a", 0, 1))
    await spooled.close()
    expect(countsIn(sink)).toEqual([0])
  })

  test("refuses limits that are none", () => {
    for (const options of [{ maxBytes: 0 }, { maxInFlight: 1.5 }, { closeMillis: -1 }])
      expect(() => spool(sink, directory, options)).toThrow(TypeError)
  })

  test("whose disk is full says so, and goes on when there is room, with all that it acknowledged", {
    timeout: 60_000,
  }, async () => {
    const script = fileURLToPath(new URL("../../dist/fixtures/fill-spool.js", import.meta.url))
    const inside = 'mount -t tmpfs -o size=400k tmpfs "$1" && exec "$2" "$3" "$1"'
    const parameters = ["-rm", "sh", "-c", inside, "sh", directory, process.execPath, script]
    const report = JSON.parse((await promisify(execFile)("unshare", parameters)).stdout)
    expect(report).toMatchObject({
      code: "ERR_EVENTS_FULL",
      isInOrder: true,
      received: report.acknowledgedAfter,
    })
    expect(report.acknowledgedBefore).toBeGreaterThan(0)
    expect(report.acknowledgedAfter).toBeGreaterThan(report.acknowledgedBefore)
  })

  test("has lost nothing that was acknowledged when its process is killed, and passes it on in order", {
    timeout: 60_000,
  }, async () => {
    const script = fileURLToPath(new URL("../../dist/fixtures/spooler.js", import.meta.url))
    let acknowledged = 0
    for (let kills = 0; kills < 5; kills++) {
      const child = spawn(process.execPath, [script, directory], {
        stdio: ["ignore", "pipe", "inherit"],
      })
      acknowledged = await runsUntilKilled(child, 200 + kills * 37)
      expect(acknowledged).toBeGreaterThan(0)
      const received = distantSink()
      const spooled = spoolTo(received, { closeMillis: 30_000 })
      await spooled.close()
      const counts = countsIn(received)
      expect(counts.findIndex((count, index) => count !== index)).toBe(-1)
      expect(counts.length).toBeGreaterThanOrEqual(acknowledged)
    }
  })
})

function spoolTo(store: EventSink, options: SpoolOptions = {}): Spool {
  const spooled = spool(store, directory, options)
  spools.push(spooled)
  return spooled
}

const countsIn = (store: DistantSink): number[] =>
  store.batches.flatMap((batch) => valuesOf(Counted, batch)).map(({ count }) => count)

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const filesOf = async (name: string): Promise<string[]> => (await readdir(join(directory, name))).toSorted()

/** Kills it after some acknowledgements, and resolves to the last that it told. */
async function runsUntilKilled(child: ChildProcess, lines: number): Promise<number> {
  let told = ""
  child.stdout?.on("data", (chunk: Buffer) => {
    told += chunk.toString()
    if (told.split("\n").length > lines) child.kill("SIGKILL")
  })
  await once(child, "close")
  return Number(told.slice(0, told.lastIndexOf("\n")).split("\n").at(-1))
}
