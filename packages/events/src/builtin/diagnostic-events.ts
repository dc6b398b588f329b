// What the other packages tell on `node:diagnostics_channel`, as events: their schemas.

import { schema } from "@avrolet/avro"

const namespace = "avrolet.events"

/** What both sides tell of a call that is over. */
const finishedCall = [
  { name: "protocol", type: "string" },
  { name: "message", type: "string" },
  { name: "millis", type: "double" },
  { name: "requestBytes", type: "long", default: 0 },
  { name: "responseBytes", type: "long", default: 0 },
  { name: "outcome", type: "string", default: "", doc: "ok, declared, refused, given-up or failed" },
  { name: "code", type: ["null", "string"], default: null, doc: "of an outcome other than ok" },
  { name: "peer", type: ["null", "string"], default: null, doc: "the other side, where it is known" },
  { name: "error", type: ["null", "string"], default: null, doc: "what was thrown, as text" },
] as const

/** A call that was served. */
export const CallServed = schema({
  type: "record",
  name: "CallServed",
  namespace,
  fields: [
    ...finishedCall,
    { name: "calls", type: "long", default: 0, doc: "how many calls its handler made of other services" },
    { name: "callsByMessage", type: { type: "map", values: "long" }, default: {} },
  ],
})

/** A call that a client made. */
export const CallMade = schema({
  type: "record",
  name: "CallMade",
  namespace,
  fields: [...finishedCall, { name: "tries", type: "long", default: 0, doc: "how often it was sent" }],
})

/** A server of a balanced transport came, went, or is left alone for a while. */
export const ServerChanged = schema({
  type: "record",
  name: "ServerChanged",
  namespace,
  fields: [
    { name: "server", type: "string" },
    { name: "change", type: "string", doc: "added, removed, ejected or returned" },
    { name: "error", type: ["null", "string"], default: null },
  ],
})

/** A request that never became a call. */
export const CallRefused = schema({
  type: "record",
  name: "CallRefused",
  namespace,
  fields: [
    { name: "protocol", type: "string" },
    { name: "code", type: ["null", "string"], default: null },
    { name: "error", type: ["null", "string"], default: null },
  ],
})

/** A time in which the event loop did not turn. */
export const LoopBlocked = schema({
  type: "record",
  name: "LoopBlocked",
  namespace,
  fields: [
    { name: "startedAt", type: { type: "long", logicalType: "timestamp-millis" } },
    { name: "millis", type: "double" },
    { name: "cause", type: "string" },
    {
      name: "call",
      type: ["null", "string"],
      default: null,
      doc: "the synchronous call that held the thread",
    },
    { name: "request", type: ["null", "string"], default: null, doc: "the message that was being served" },
    { name: "httpRequest", type: ["null", "string"], default: null },
    { name: "contexts", type: { type: "map", values: "string" }, default: {} },
    { name: "threadId", type: "long", default: 0, doc: "0 is the main thread" },
    { name: "stack", type: "string" },
  ],
})

/** A name that was looked up. */
export const NameLookedUp = schema({
  type: "record",
  name: "NameLookedUp",
  namespace,
  fields: [
    { name: "hostname", type: "string" },
    { name: "millis", type: "double" },
    { name: "source", type: ["null", "string"], default: null },
    { name: "addresses", type: { type: "array", items: "string" }, default: [] },
    { name: "error", type: ["null", "string"], default: null },
  ],
})
