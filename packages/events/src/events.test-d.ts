import { schema } from "@avrolet/avro"
import { expectTypeOf } from "expect-type"
import { type EventSource, type Recorder, readEvents, tail } from "./index.ts"

declare const recorder: Recorder
declare const source: EventSource

const Served = schema(
  {
    type: "record",
    name: "Served",
    fields: [
      { name: "route", type: "string" },
      { name: "bytes", type: "long" },
      { name: "status", type: "int", default: 200 },
    ],
  },
  { long: "bigint" },
)

// What is recorded is what encode accepts: a field with a default may be left out, a long be a number or a bigint.
expectTypeOf(recorder.record(Served, { route: "/", bytes: 1 })).toEqualTypeOf<boolean>()
recorder.record(Served, { route: "/", bytes: 1n, status: 404 })
// @ts-expect-error: the route is missing
recorder.record(Served, { bytes: 1 })
// @ts-expect-error: a status is a number
recorder.record(Served, { route: "/", bytes: 1, status: "404" })

// What is read is what decode returns, by the schema that it is read with.
interface Event {
  route: string
  bytes: bigint
  status: number
}
for await (const { at, atNanos, traceId, value } of readEvents(source, Served)) {
  expectTypeOf(value).toEqualTypeOf<Event>()
  expectTypeOf(at).toEqualTypeOf<Date>()
  expectTypeOf(atNanos).toEqualTypeOf<bigint>()
  expectTypeOf(traceId).toEqualTypeOf<string | undefined>()
}
for await (const { value } of tail(source, Served)) expectTypeOf(value).toEqualTypeOf<Event>()
