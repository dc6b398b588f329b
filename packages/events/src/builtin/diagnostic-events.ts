// What the other packages tell on `node:diagnostics_channel`, as events: their schemas.

import { schema } from "@avrolet/avro"

const namespace = "avrolet.events"

/** A call that was served. */
export const CallServed = schema({
  type: "record",
  name: "CallServed",
  namespace,
  fields: [
    { name: "protocol", type: "string" },
    { name: "message", type: "string" },
    { name: "millis", type: "double" },
    { name: "requestBytes", type: "long" },
    { name: "responseBytes", type: "long" },
    {
      name: "error",
      type: ["null", "string"],
      default: null,
      doc: "the code of what the handler threw, or its text",
    },
  ],
})

/** A call that a client made. */
export const CallMade = schema({
  type: "record",
  name: "CallMade",
  namespace,
  fields: [
    { name: "protocol", type: "string" },
    { name: "message", type: "string" },
    { name: "millis", type: "double" },
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
