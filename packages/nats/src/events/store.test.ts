import { afterAll, beforeAll } from "vitest"
import { brokerContract } from "../../../events/src/broker.contract.ts"
import { type Broker, startBroker } from "../testing/nats-server.ts"
import { type JetStreamEvents, jetStreamSink, jetStreamSource } from "./index.ts"

let broker: Broker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker[Symbol.asyncDispose]())

let stores = 0
brokerContract(async () => {
  const names = { stream: `S${stores}`, subject: `s${stores++}` }
  return {
    sink: async () => jetStreamSink(await broker.connect(), names),
    impatientSink: async () => jetStreamSink(await broker.connect(), { ...names, ackMillis: 300 }),
    source: async () => jetStreamSource(await broker.connect(), names),
    sourceAfter: async (read) =>
      jetStreamSource(await broker.connect(), { ...names, after: (read as JetStreamEvents).sequence }),
    member: async (group) => jetStreamSource(await broker.connect(), { ...names, group }),
    pause: () => broker.pause(),
    resume: () => broker.resume(),
  }
})
