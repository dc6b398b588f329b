import { channel } from "node:diagnostics_channel"
import type { Schema } from "@avrolet/avro"
import { expect, test } from "vitest"
import { readEvents } from "../read-events.ts"
import { createRecorder } from "../recorder.ts"
import { all } from "../testing/all.ts"
import { MemorySink } from "../testing/memory-sink.ts"
import {
  CallMade,
  CallRefused,
  CallServed,
  LoopBlocked,
  NameLookedUp,
  recordDiagnostics,
  ServerChanged,
} from "./index.ts"

const call = { protocol: "example.Echo", message: "echo", millis: 1.5, requestBytes: 10, responseBytes: 20 }
const coded = Object.assign(new Error("too late"), { code: "ERR_RPC_TIMEOUT" })

test.for<{ name: string; event: Schema; told: object; value: object }>([
  {
    name: "avrolet:rpc.served",
    event: CallServed,
    told: { ...call, outcome: "ok", calls: 3, callsByMessage: new Map([["example.Bank.pay", 3]]) },
    value: {
      ...call,
      outcome: "ok",
      code: null,
      peer: null,
      error: null,
      calls: 3,
      callsByMessage: { "example.Bank.pay": 3 },
    },
  },
  {
    name: "avrolet:rpc.call",
    event: CallMade,
    told: { ...call, outcome: "given-up", code: "ERR_RPC_TIMEOUT", peer: "http://a", error: coded, tries: 2 },
    value: {
      ...call,
      outcome: "given-up",
      code: "ERR_RPC_TIMEOUT",
      peer: "http://a",
      error: "ERR_RPC_TIMEOUT: too late",
      tries: 2,
    },
  },
  {
    name: "avrolet:rpc.server",
    event: ServerChanged,
    told: { server: "http://a", change: "ejected", error: new Error("refused") },
    value: { server: "http://a", change: "ejected", error: "refused" },
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
      contexts: { tenant: "acme" },
      extra: 1,
    },
    value: {
      startedAt: new Date(5),
      millis: 120,
      cause: "sync-call",
      call: "fs.readFileSync",
      request: null,
      httpRequest: null,
      contexts: { tenant: "acme" },
      threadId: 0,
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
