// What every store has to do that is reached over a network, beside what all of them have to: its readers go on where
// they were and share the events among them, and it may fail to answer.

import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, test } from "vitest"
import { Counted, counted, upTo, valuesOf } from "./fixtures/batches.ts"
import { kindOf } from "./kind.ts"
import { createRecorder } from "./recorder.ts"
import type { EventSink } from "./sink.ts"
import type { EventSource, StoredEvents } from "./source.ts"
import { spool } from "./spool/index.ts"
import { countsIn, record, type Store, storeContract } from "./store.contract.ts"
import { all } from "./testing/all.ts"
import { newDirectory } from "./testing/directory.ts"

/** A store that nothing is in yet, in a broker. */
export interface BrokerStore extends Store {
  /** A sink that sends again what is not acknowledged within two seconds. */
  impatientSink(): Promise<EventSink>
  /** A source that goes on behind events that another one gave. */
  sourceAfter(read: StoredEvents): Promise<EventSource>
  /** A source that is one member of a group. */
  member(group: string): Promise<EventSource>
  /** Whether it leaves out a batch that it has, whoever sends it again, by its id. */
  readonly knowsBatches: boolean
  /** Has the broker do nothing. */
  pause(): void
  resume(): void
  kill(): Promise<void>
  /** Starts it again, with what it had. */
  restart(): Promise<void>
}

const NAMES = ["example.Counted"]
const STALL_MILLIS = 5000
/** AVROLET_AWAY_SECONDS=60 has the broker away for a minute. */
const AWAY_SECONDS = Number(process.env["AVROLET_AWAY_SECONDS"] ?? 3)

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

  test("what is recorded while the broker is away waits on the disk, and arrives in order", {
    timeout: (AWAY_SECONDS * 3 + 120) * 1000,
  }, async () => {
    const store = await open()
    const spooled = spool(await store.impatientSink(), await newDirectory(), { closeMillis: 120_000 })
    const recorder = createRecorder(spooled)
    let count = 0
    const recordSome = async (): Promise<void> => {
      for (const end = count + 100; count < end; count++) recorder.record(Counted, { by: "a", count })
      await recorder.flush() // acknowledged: it is on the disk
    }
    await recordSome()
    await store.kill()
    const before = count
    for (const end = Date.now() + AWAY_SECONDS * 1000; Date.now() < end; await sleep(10)) await recordSome()
    const [waiting, waitingBytes] = [count - before, spooled.waitingBytes]
    expect(waitingBytes).toBeGreaterThan(0)
    const back = performance.now()
    await store.restart()
    await recordSome()
    await recorder.close()
    const tookMillis = performance.now() - back
    const found = await countsIn(store)
    const first = [...new Set(found)]
    expect(store.knowsBatches ? found : first).toEqual(upTo(count))
    process.stdout.write(
      `A broker away for ${AWAY_SECONDS} s: ${waiting} events waited in ${waitingBytes} bytes, and were there ` +
        `${Math.round(tookMillis)} ms after its start, ${found.length - first.length} of them twice\n`,
    )
  })
}

const numbersIn = (stored: readonly StoredEvents[]): number[] =>
  stored.flatMap((events) => valuesOf(Counted, events)).map(({ count }) => count)
