// The trace that a call belongs to, in its metadata: whatever keys the propagator has, which for W3C's are
// `traceparent` and `tracestate`, as the bytes of their text.
//
// https://www.w3.org/TR/trace-context/

import type { TextMapGetter, TextMapSetter } from "@opentelemetry/api"
import type { Metadata } from "../metadata.ts"

/** What baggage may be by W3C's recommendation; a trace's own entries are far less. Larger ones are not read, and not sent. */
const MAX_ENTRY_BYTES = 8192

const encoder = new TextEncoder()
const decoder = new TextDecoder("latin1")

/** Writes into a call's metadata. */
export const setter: TextMapSetter<Metadata> = {
  set(metadata, key, value) {
    const bytes = encoder.encode(value)
    if (bytes.length <= MAX_ENTRY_BYTES) metadata[key] = bytes
  },
}

/** Reads what a stranger put into a call's metadata. */
export const getter: TextMapGetter<Readonly<Metadata>> = {
  keys: Object.keys,
  get(metadata, key) {
    const bytes = metadata[key]
    return bytes === undefined || bytes.length > MAX_ENTRY_BYTES ? undefined : decoder.decode(bytes)
  },
}
