// What is stored of an event: the event itself within the envelope that every event has, whatever its schema.
//
//   record avrolet.events.Recorded
//     at       long, timestamp-nanos   when it was recorded
//     host     string
//     pid      int
//     service  string
//     traceId  null or fixed[16]       the W3C trace id of what was being done
//     value    the event, of its own schema
//
// The envelope has the same name around all events, so that resolution asks nothing but whether one event can be
// read as another: fields that are added, left out or renamed by an alias are a matter of the event's schema alone.
//
// An event without a namespace says so (`"namespace": ""`), or it would take that of the envelope around it.

import { parseSchema, type Schema } from "@avrolet/avro"
import { EventsError } from "./errors.ts"

/** A kind of event: the schema that it is recorded with, and the one that it is stored with. */
export interface EventKind<Value = unknown, Input = unknown> {
  /** The full name of the event's schema, which is the name of its folder, its subject or its topic. */
  readonly name: string
  /** As the program knows it. */
  readonly event: Schema<Value, Input>
  /** What it is stored with, for everything that reads Avro: the event within its envelope. */
  readonly stored: Schema
}

const kinds = new WeakMap<Schema, EventKind>()

/** The kind of the events of a schema. Throws `ERR_EVENTS_SCHEMA` for one that is no record. */
export function kindOf<Value, Input>(event: Schema<Value, Input>): EventKind<Value, Input> {
  let kind = kinds.get(event)
  if (kind === undefined) {
    kind = createKind(event)
    kinds.set(event, kind)
  }
  return kind as EventKind<Value, Input>
}

function createKind<Value, Input>(event: Schema<Value, Input>): EventKind<Value, Input> {
  const { name, definition } = event
  if (name === undefined || (definition as { type?: unknown } | undefined)?.type !== "record") {
    throw new EventsError(
      "ERR_EVENTS_SCHEMA",
      `Cannot record ${name ?? JSON.stringify(definition)}: expected what schema() makes of a record, whose name is the event's`,
    )
  }
  return { name, event, stored: parseSchema(storedDefinition(definition as object)) }
}

/** The declaration of the envelope around an event's. */
export const storedDefinition = (event: object): unknown => ({
  type: "record",
  name: "Recorded",
  namespace: "avrolet.events",
  fields: [
    { name: "at", type: { type: "long", logicalType: "timestamp-nanos" } },
    { name: "host", type: "string" },
    { name: "pid", type: "int" },
    { name: "service", type: "string" },
    { name: "traceId", type: ["null", { type: "fixed", name: "TraceId", size: 16 }] },
    { name: "value", type: { ...event, namespace: namespaceOf(event) } },
  ],
})

function namespaceOf({ name, namespace = "" }: { name?: unknown; namespace?: unknown }): unknown {
  const dot = typeof name === "string" ? name.lastIndexOf(".") : -1
  return dot < 0 ? namespace : String(name).slice(0, dot)
}
