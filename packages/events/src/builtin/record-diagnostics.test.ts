import { channel } from "node:diagnostics_channel"
import type { Schema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { MemorySink } from "../testing/memory-sink.ts"
import { CallMade, CallRefused, CallServed, LoopBlocked, NameLookedUp, recordDiagnostics } from "./index.ts"

const coded = Object.assign(new Error("too late"), { code: "ERR_RPC_TIMEOUT" })

test.for<{ name: string; event: Schema; told: object; value: object }>([
  {
    name: "avrolet:rpc.served",
    event: CallServed,
    told: { protocol: "example.Echo", message: "echo", millis: 1.5, requestBytes: 10, responseBytes: 20 },
    value: {
      protocol: "example.Echo",
      message: "echo",
      millis: 1.5,
      requestBytes: 10,
      responseBytes: 20,
      error: null,
    },
  },
  {
    name: "avrolet:rpc.call",
    event: CallMade,
    told: { protocol: "example.Echo", message: "echo", millis: 1.5, error: coded },
    value: { protocol: "example.Echo", message: "echo", millis: 1.5, error: "ERR_RPC_TIMEOUT" },
  },
  {
    name: "avrolet:rpc.refused",
    event: CallRefused,
    told: { protocol: "example.Echo", code: "ERR_RPC_FORBIDDEN", error: new Error("who are you?") },
    value: { protocol: "example.Echo", code: "ERR_RPC_FORBIDDEN", error: "who are you?" },
  },
  {
    name: "avrolet:watchdog.block",
    event: LoopBlocked,
    told: {
      startedAt: new Date(5),
      millis: 120,
      cause: "sync-call",
      call: "fs.readFileSync",
      stack: "at a.js:1",
      extra: 1,
    },
    value: {
      startedAt: new Date(5),
      millis: 120,
      cause: "sync-call",
      call: "fs.readFileSync",
      request: null,
      stack: "at a.js:1",
    },
  },
  {
    name: "avrolet:dns.lookup",
    event: NameLookedUp,
    told: {
      hostname: "a.example",
      millis: 3,
      source: "dns",
      addresses: [{ address: "192.0.2.1", family: 4 }],
    },
    value: { hostname: "a.example", millis: 3, source: "dns", addresses: ["192.0.2.1"], error: null },
  },
])(
  "what is told on $name is recorded, whatever else or less is told",
  async ({ name, event, told, value }) => {
    const sink = new MemorySink()
    const recorder = createRecorder(sink)
    {
      using _recording = recordDiagnostics(recorder)
      channel(name).publish(told)
      channel(name).publish({})
      channel(name).publish("nothing of the kind")
    }
    channel(name).publish(told)
    await recorder.close()
    const events = await all(readEvents(sink, event))
    expect(events).toHaveLength(2)
    expect(events[0]?.value).toEqual(value)
  },
)

test("nobody is disturbed where nothing can be recorded any more", async () => {
  const recorder = createRecorder(new MemorySink())
  await recorder.close()
  using _recording = recordDiagnostics(recorder)
  const warned = new Promise((resolve) => process.once("warning", resolve))
  channel("avrolet:rpc.call").publish({})
  await expect(warned).resolves.toMatchObject({ name: "EventsWarning" })
})
