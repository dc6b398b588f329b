// What every store has to do that is reached over a network, beside what all of them have to: its readers go on where
// they were and share the events among them, and it may fail to answer.

import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { Counted, counted, upTo, valuesOf } from "./fixtures/batches.ts"
import { kindOf } from "./kind.ts"
import type { EventSink } from "./sink.ts"
import type { EventSource, StoredEvents } from "./source.ts"
import { countsIn, record, type Store, storeContract } from "./store.contract.ts"
import { all } from "./testing/all.ts"

/** A store that nothing is in yet, in a broker. */
export interface BrokerStore extends Store {
  /** A sink that sends again what is not acknowledged within some tenths of a second. */
  impatientSink(): Promise<EventSink>
  /** A source that goes on behind events that another one gave. */
  sourceAfter(read: StoredEvents): Promise<EventSource>
  /** A source that is one member of a group. */
  member(group: string): Promise<EventSource>
  /** Has the broker do nothing. */
  pause(): void
  resume(): void
}

const NAMES = ["example.Counted"]
const STALL_MILLIS = 2500

/** Declares the tests of a broker. */
export function brokerContract(open: () => Promise<BrokerStore>): void {
  storeContract(open)

  test("reading goes on behind what was read", async () => {
    const store = await open()
    await record(store, [counted("a", 0, 10), counted("a", 10, 20)])
    const [first] = await all((await store.source()).read({ names: NAMES }))
    if (first === undefined) throw new Error("Nothing was read")
    await record(store, [counted("a", 20, 30)])
    const rest = await all((await store.sourceAfter(first)).read({ names: NAMES }))
    expect(numbersIn([first, ...rest])).toEqual(upTo(30))
    const last = rest.at(-1)
    if (last === undefined) throw new Error("Nothing was read behind it")
    expect(await all((await store.sourceAfter(last)).read({ names: NAMES }))).toEqual([])
  })

  describe("a group", () => {
    const readAs = async (store: BrokerStore, group: string): Promise<number[]> =>
      numbersIn(await all((await store.member(group)).read({ names: NAMES })))

    test("reads everything once, and goes on where it was", { timeout: 60_000 }, async () => {
      const store = await open()
      await record(store, [counted("a", 0, 500)])
      expect(await readAs(store, "g")).toEqual(upTo(500))
      expect(await readAs(store, "g")).toEqual([])
      await record(store, [counted("a", 500, 510)])
      expect(await readAs(store, "g")).toEqual(upTo(510).slice(500))
      expect(await readAs(store, "another")).toHaveLength(510)
    })

    test("is given all events by its members together", { timeout: 60_000 }, async () => {
      const store = await open()
      await record(
        store,
        upTo(40).map((index) => counted("a", index * 5, index * 5 + 5)),
      )
      const shares = await Promise.all([readAs(store, "g"), readAs(store, "g")])
      expect([...new Set(shares.flat())].toSorted((a, b) => a - b)).toEqual(upTo(200))
    })

    test("reads again what a member did not come to the end of", { timeout: 60_000 }, async () => {
      const store = await open()
      await record(store, [counted("a", 0, 5), counted("a", 5, 10)])
      for await (const events of (await store.member("g")).read({ names: NAMES })) {
        expect(numbersIn([events])[0]).toBe(0)
        break
      }
      expect((await readAs(store, "g")).toSorted((a, b) => a - b)).toEqual(upTo(10))
    })
  })

  test("what is sent again, as no answer came, is there once and in order", { timeout: 60_000 }, async () => {
    const store = await open()
    const sink = await store.impatientSink()
    await sink.open(kindOf(Counted))
    await sink.write(counted("a", 0, 10))
    store.pause()
    const writes = [10, 20, 30].map((from) => sink.write(counted("a", from, from + 10)))
    await sleep(STALL_MILLIS) // some tries
    store.resume()
    await Promise.all(writes)
    await sink.close()
    expect(await countsIn(store)).toEqual(upTo(40))
  })
}

const numbersIn = (stored: readonly StoredEvents[]): number[] =>
  stored.flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)
