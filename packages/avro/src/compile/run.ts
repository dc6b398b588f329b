// From emitted source text to functions, at run time.

import type { Reader } from "../binary/reader.ts"
import type { Writer } from "../binary/writer.ts"
import { setOwn } from "./closures/decoder.ts"
import { isObject } from "./closures/encoder.ts"
import type { Emitted } from "./emit/source.ts"
import { MISFIT } from "./misfit.ts"
import * as decoding from "./runtime/decode.ts"
import * as encoding from "./runtime/encode.ts"

/** What emitted code may call, by name. */
const runtime: Readonly<Record<string, unknown>> = { ...encoding, ...decoding, MISFIT, isObject, setOwn }

/** Makes the function that emitted source text returns. */
export function run(emitted: Emitted): unknown {
  const names = Object.keys(runtime)
  const constants = emitted.constants.map((_, index) => `c${index}`)
  const make = new Function(...names, ...constants, `"use strict"\n${emitted.source}`)
  return make(...names.map((name) => runtime[name]), ...emitted.constants)
}

/** An encoder that does with the closure's what the emitted code leaves to it. */
export function withClosure(
  encode: (writer: Writer, value: unknown) => void,
  closure: (writer: Writer, value: unknown) => void,
): (writer: Writer, value: unknown) => void {
  return (writer, value) => {
    const { length } = writer
    try {
      encode(writer, value)
    } catch {
      writer.truncate(length)
      closure(writer, value)
    }
  }
}

/** The same for a decoder. */
export function withClosureDecoder(
  decode: (reader: Reader) => unknown,
  closure: (reader: Reader) => unknown,
): (reader: Reader) => unknown {
  return (reader) => {
    const { position, depth, "~emptyItems": emptyItems } = reader
    try {
      return decode(reader)
    } catch {
      reader.position = position
      reader.depth = depth
      reader["~emptyItems"] = emptyItems
      return closure(reader)
    }
  }
}
