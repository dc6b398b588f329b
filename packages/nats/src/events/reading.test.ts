// What becomes of who reads when the stream goes, or the connection does.

import { kindOf } from "@avrolet/events"
import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/nats-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { batchOf, Counted, upTo, valuesOf } from "../../../events/src/fixtures/batches.ts"
import { type Broker, startBroker } from "../testing/nats-server.ts"
import { jetStreamSink, jetStreamSource } from "./index.ts"

/** More than a reader has in advance. */
const MESSAGES = 400
const MESSAGE_BYTES = 50_000

let broker: Broker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker[Symbol.asyncDispose]())

const alone = {}
const inGroup = { group: "g" }

describe("in the middle of a read, of which nothing follows,", () => {
  test("what is removed from the stream is not waited for", { timeout: 60_000 }, async () => {
    const stream = await filledStream()
    const purged = async (): Promise<void> => {
      await (await jetstreamManager(await broker.connect())).streams.purge(stream)
    }
    const read = await readUntil(await broker.connect(), { stream }, purged)
    expect(read).toBeGreaterThanOrEqual(3)
    expect(read).toBeLessThan(MESSAGES)
  })

  test.for([
    { name: "a stream that is deleted", options: alone },
    { name: "a stream that is deleted, under a group,", options: inGroup },
  ])("$name ends it with an error of the store", { timeout: 60_000 }, async ({ options }) => {
    const stream = await filledStream()
    const deleted = async (): Promise<void> => {
      await (await jetstreamManager(await broker.connect())).streams.delete(stream)
    }
    await expect(readUntil(await broker.connect(), { stream, ...options }, deleted)).rejects.toMatchObject({
      name: "EventsError",
      code: "ERR_EVENTS_STORE",
    })
  })

  test.for([
    { name: "closed", options: alone, end: (connection: NatsConnection) => connection.close() },
    {
      name: "closed, under a group,",
      options: inGroup,
      end: (connection: NatsConnection) => connection.close(),
    },
    { name: "drained", options: alone, end: (connection: NatsConnection) => connection.drain() },
  ])(
    "a connection that is $name ends it with an error of a store that is away",
    {
      timeout: 60_000,
    },
    async ({ options, end }) => {
      const stream = await filledStream()
      const connection = await broker.connect()
      await expect(
        readUntil(connection, { stream, ...options }, () => end(connection)),
      ).rejects.toMatchObject({ name: "EventsError", code: "ERR_EVENTS_UNAVAILABLE" })
    },
  )
})

test.for([
  { name: "large ones", sizes: [3_000_000, 5_000_000, 3_000_000, 3_000_000, 5_000_000, 3_000_000] },
  { name: "large ones behind many small ones", sizes: [...upTo(250).map(() => 10), 1_000_000, 7_000_000] },
])(
  "events of any size that the broker takes are read without a pause: $name",
  {
    timeout: 25_000, // the client gives a request that is stuck up after 30 seconds
  },
  async ({ sizes }) => {
    const stream = `READ${streams++}`
    const sink = jetStreamSink(await broker.connect(), { stream, subject: stream })
    await sink.open(kindOf(Counted))
    for (const [count, size] of sizes.entries())
      await sink.write(batchOf(Counted, [{ by: "x".repeat(size), count }]))
    await sink.close()
    for (const group of [undefined, "g"]) {
      const names = { stream, subject: stream, ...(group === undefined ? {} : { group }) }
      const counts: number[] = []
      for await (const events of jetStreamSource(await broker.connect(), names).read({}))
        counts.push(...valuesOf(Counted, events).map(({ count }) => count))
      expect(counts).toEqual(upTo(sizes.length))
    }
  },
)

let streams = 0
async function filledStream(): Promise<string> {
  const stream = `READ${streams++}`
  const sink = jetStreamSink(await broker.connect(), { stream, subject: stream })
  await sink.open(kindOf(Counted))
  const large = batchOf(Counted, [{ by: "x".repeat(MESSAGE_BYTES), count: 0 }])
  await Promise.all(upTo(MESSAGES).map(() => sink.write(large)))
  await sink.close()
  return stream
}

/** Reads everything, and has something happen after the first messages. How many it has read by the end. */
async function readUntil(
  connection: NatsConnection,
  names: { stream: string; group?: string },
  happen: () => Promise<void>,
): Promise<number> {
  let read = 0
  const source = jetStreamSource(connection, { ...names, subject: names.stream })
  for await (const _ of source.read({})) if (++read === 3) await happen()
  return read
}
