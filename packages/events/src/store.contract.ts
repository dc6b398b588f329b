// What every store of events has to do, its sink and its source together, as one suite that each of them runs.

import { parseSchema, type Schema, schema } from "@avrolet/avro"
import { describe, expect, test } from "vitest"
import { batchOf, Counted, counted, upTo, valuesOf } from "./fixtures/batches.ts"
import { kindOf } from "./kind.ts"
import { type ReadEventsOptions, readEvents, tail } from "./read-events.ts"
import { createRecorder } from "./recorder.ts"
import type { EventBatch, EventSink } from "./sink.ts"
import type { EventSource } from "./source.ts"
import { query } from "./sql/index.ts"
import { all } from "./testing/all.ts"

/** A store that nothing is in yet. Each call gives what another process would have. */
export interface Store {
  sink(): Promise<EventSink>
  source(): Promise<EventSource>
}

/** Declares the tests of a store. */
export function storeContract(open: () => Promise<Store>): void {
  describe("what is recorded", () => {
    test("is there once it is acknowledged, in its order, with the schema it was recorded with", async () => {
      const store = await open()
      const sink = await store.sink()
      await sink.open(kindOf(Counted))
      await Promise.all(upTo(20).map((batch) => sink.write(counted("a", batch * 100, batch * 100 + 100))))
      const stored = await all((await store.source()).read({ names: ["example.Counted"] }))
      expect(stored.flatMap((events) => valuesOf(Counted, events))).toEqual(
        upTo(2000).map((count) => ({ by: "a", count })),
      )
      for (const { name, writer } of stored)
        expect({ name, writer: writer.definition }).toEqual({
          name: "example.Counted",
          writer: kindOf(Counted).stored.definition,
        })
      await sink.close()
    })

    test("by several at once is all there, that of each in its order", async () => {
      const store = await open()
      const names = ["a", "b", "c"]
      await Promise.all(
        names.map((by) =>
          record(
            store,
            upTo(10).map((batch) => counted(by, batch * 10, batch * 10 + 10)),
          ),
        ),
      )
      const values = (await all(readEvents(await store.source(), Counted))).map(({ value }) => value)
      for (const name of names)
        expect(values.filter(({ by }) => by === name).map(({ count }) => count)).toEqual(upTo(100))
      expect(values).toHaveLength(300)
    })

    test("is found by its name, and the source says which names there are", async () => {
      const store = await open()
      await record(store, [
        counted("a", 0, 1),
        batchOf(Empty, [{}]),
        counted("a", 1, 2),
        batchOf(Empty, [{}]),
      ])
      const source = await store.source()
      expect(await countsIn(store)).toEqual([0, 1])
      expect(await all(readEvents(source, Empty))).toHaveLength(2)
      expect(await all(source.read({ names: ["example.Nobody"] }))).toEqual([])
      expect((await source.names?.())?.toSorted()).toEqual(["example.Counted", "example.Empty"])
    })

    test("is found by its time: since one, and until one", async () => {
      const store = await open()
      const hour = 3_600_000_000_000n
      const start = BigInt(Date.now()) * 1_000_000n - 10n * hour
      const at = (index: number): bigint => start + BigInt(index) * hour
      await record(
        store,
        upTo(6).map((index) => batchOf(Counted, [{ by: "a", count: index }], at(index))),
      )
      expect(await countsIn(store, { since: at(2) })).toEqual([2, 3, 4, 5])
      expect(await countsIn(store, { since: at(2) + 1n })).toEqual([3, 4, 5])
      expect(await countsIn(store, { until: at(2) })).toEqual([0, 1])
      expect(await countsIn(store, { since: at(1), until: at(4) })).toEqual([1, 2, 3])
      expect(await countsIn(store, { since: at(9) })).toEqual([])
    })

    test("is found by its time where a batch begins when the one before it ends", async () => {
      const store = await open()
      const start = BigInt(Date.now()) * 1_000_000n
      await record(store, [counted("a", 0, 3, start), counted("a", 3, 6, start - 1n)])
      expect(await countsIn(store, { since: start + 2n })).toEqual([2, 3, 4, 5])
      expect(await countsIn(store, { until: start + 2n })).toEqual([0, 1])
    })

    test("is asked in SQL", async () => {
      const store = await open()
      await record(store, [counted("a", 0, 10), batchOf(Empty, [{}]), counted("b", 0, 5)])
      const sql = `SELECT "by", count(*)::INT AS events FROM Counted WHERE "count" > 2 GROUP BY ALL ORDER BY ALL`
      expect(await all(query(await store.source(), sql))).toEqual([
        { by: "a", events: 7 },
        { by: "b", events: 2 },
      ])
    })

    test("is waited for by who follows, until he is told to stop", { timeout: 30_000 }, async () => {
      const store = await open()
      await record(store, [counted("a", 0, 1)])
      const recorder = createRecorder(await store.sink())
      const stopped = new AbortController()
      const seen: number[] = []
      const events = tail(await store.source(), Counted, { signal: stopped.signal })
      const following = (async () => {
        for await (const { value } of events) {
          seen.push(value.count)
          if (value.count < 3) recorder.record(Counted, { by: "a", count: value.count + 1 })
          else setImmediate(() => stopped.abort(new Error("enough")))
        }
      })()
      recorder.record(Counted, { by: "a", count: 1 })
      await expect(following).rejects.toThrow("enough")
      await recorder.close()
      expect(seen).toEqual([1, 2, 3])
    })
  })

  describe("an event", () => {
    test("that does not fit is refused with the name of its field, and recording goes on", async () => {
      const store = await open()
      const recorder = createRecorder(await store.sink())
      recorder.record(Counted, { by: "a", count: 0 })
      expect(() => recorder.record(Counted, { by: "a", count: "many" as never })).toThrow(/count/)
      recorder.record(Counted, { by: "a", count: 1 })
      await recorder.close()
      expect(await countsIn(store)).toEqual([0, 1])
    })

    test("of a sink that is closed is refused", async () => {
      const store = await open()
      const sink = await store.sink()
      await sink.open(kindOf(Counted))
      await sink.write(counted("a", 0, 1))
      await sink.close()
      await sink.close()
      await expect(sink.write(counted("a", 1, 2))).rejects.toMatchObject({ code: "ERR_EVENTS_CLOSED" })
      await expect(sink.open(kindOf(Counted))).rejects.toMatchObject({ code: "ERR_EVENTS_CLOSED" })
      expect(await countsIn(store)).toEqual([0])
    })
  })

  describe("a schema", () => {
    test("that gains a field with a default reads what is there, and is read by what was", async () => {
      const store = await open()
      await recordOne(store, First, { route: "/first", millis: 1 })
      await recordOne(store, Gained, { route: "/second", millis: 2.5, status: 404 })
      expect(await valuesIn(store, Gained)).toEqual([
        { route: "/first", millis: 1, status: 200 },
        { route: "/second", millis: 2.5, status: 404 },
      ])
      expect(await valuesIn(store, Lost)).toEqual([{ route: "/first" }, { route: "/second" }])
      await expect(valuesIn(store, First)).rejects.toMatchObject({
        code: "ERR_EVENTS_SCHEMA",
        message: expect.stringContaining("millis") as string, // a double is no int
      })
    })

    test("that loses a field reads what is there, and what had it with a default reads on", async () => {
      const store = await open()
      await recordOne(store, Gained, { route: "/first", millis: 1, status: 204 })
      await recordOne(store, Lost, { route: "/second" })
      expect(await valuesIn(store, Lost)).toEqual([{ route: "/first" }, { route: "/second" }])
      const { definition } = Gained as { definition: { fields: { name: string }[] } }
      const Optional = parseSchema({
        ...definition,
        fields: definition.fields.map((field) =>
          field.name === "millis" ? { ...field, default: 0 } : field,
        ),
      })
      expect(await valuesIn(store, Optional)).toEqual([
        { route: "/first", millis: 1, status: 204 },
        { route: "/second", millis: 0, status: 200 },
      ])
    })

    test("whose event and field are renamed reads, by their aliases, what had the old names", async () => {
      const store = await open()
      await recordOne(store, First, { route: "/first", millis: 1 })
      await recordOne(store, Renamed, { path: "/second" })
      const paths = (await valuesIn(store, Renamed)).map(({ path }) => path)
      expect(paths.toSorted()).toEqual(["/first", "/second"]) // names may have an order each
      expect(await valuesIn(store, First)).toEqual([{ route: "/first", millis: 1 }])
    })

    test.for([
      { name: "that could not read what is there", refused: "example.Served", aliases: [] },
      { name: "that could not read what had an old name of it", refused: "example.New", aliases: ["Served"] },
    ])("$name is refused, with the reason, and nothing is recorded", async ({ refused, aliases }) => {
      const store = await open()
      await recordOne(store, First, { route: "/", millis: 1 })
      const fields = [{ name: "host", type: "string" }]
      const Incompatible = parseSchema({ type: "record", name: refused, aliases, fields })
      const sink = await store.sink()
      const recorder = createRecorder(sink, { onError: () => undefined })
      await expect(recorder.open(Incompatible)).rejects.toMatchObject({
        code: "ERR_EVENTS_SCHEMA",
        message: expect.stringContaining('field "host" is missing') as string,
      })
      expect(() => recorder.record(Incompatible, { host: "a" })).toThrow('field "host" is missing')
      recorder.record(First, { route: "/again", millis: 2 })
      await recorder.close()
      expect(await valuesIn(store, First)).toHaveLength(2)
      await expect(all((await store.source()).read({ names: ["example.New"] }))).resolves.toEqual([])
    })
  })
}

/** Records batches with a sink of their own, all at once. */
export async function record(store: Store, batches: readonly EventBatch[]): Promise<void> {
  const sink = await store.sink()
  for (const kind of new Set(batches.map((batch) => batch.kind))) await sink.open(kind)
  await Promise.all(batches.map((batch) => sink.write(batch)))
  await sink.close()
}

/** Records an event now. */
async function recordOne<Input>(
  store: Store,
  event: Schema<unknown, Input>,
  value: NoInfer<Input>,
): Promise<void> {
  const recorder = createRecorder(await store.sink())
  recorder.record(event, value)
  await recorder.close()
}

/** The numbers of all `Counted`. */
export const countsIn = async (store: Store, options?: ReadEventsOptions): Promise<number[]> =>
  (await valuesIn(store, Counted, options)).map(({ count }) => count)

/** All events as `event` reads them. That something is told as damage ends the test. */
async function valuesIn<Value>(
  store: Store,
  event: Schema<Value, unknown>,
  options: ReadEventsOptions = {},
): Promise<Value[]> {
  const onDamage = (error: Error): never => {
    throw error
  }
  const events = await all(readEvents(await store.source(), event, { onDamage, ...options }))
  return events.map(({ value }) => value)
}

const Empty = schema({ type: "record", name: "Empty", namespace: "example", fields: [] })

const First = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "int" },
  ],
})
const Gained = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [
    { name: "route", type: "string" },
    { name: "millis", type: "double" },
    { name: "status", type: "int", default: 200 },
  ],
})
const Lost = schema({
  type: "record",
  name: "Served",
  namespace: "example",
  fields: [{ name: "route", type: "string" }],
})
const Renamed = schema({
  type: "record",
  name: "Answered",
  namespace: "example.http",
  aliases: ["example.Served"],
  fields: [{ name: "path", aliases: ["route"], type: "string" }],
})
