// The codecs of generated modules, put in the place of those that would be made at the first use. They come
// into a module by generate/codecs.ts; here no code is made from strings.

import type { Reader } from "../binary/reader.ts"
import type { Writer } from "../binary/writer.ts"
import { nodesOf } from "../schema/nodes.ts"
import type { Schema } from "../schema/schema.ts"
import { decoderOf } from "./closures/decoder.ts"
import { encoderOf } from "./closures/encoder.ts"
import { codecKey, RUNTIME_VERSION, schemasWithCodecs, type WithMessages } from "./codec-key.ts"
import { runtime } from "./runtime/index.ts"

/** The codecs in a generated module, and what they were emitted for. */
export interface EmittedCodecs {
  /** The version of the runtime that they call. */
  readonly runtime: number
  /** Codecs by the keys of their schemas. */
  readonly codecs: { readonly [key: string]: EmittedCodec }
}

/** The emitted codec of one schema: functions that are given what the code refers to, by name. */
export interface EmittedCodec {
  readonly encode: (scope: Scope) => (writer: Writer, value: unknown) => void
  readonly decode: (scope: Scope) => (reader: Reader) => unknown
}

/** The names of the runtime; `n`, the schema's nodes; and `closure`, for what emitted code leaves. */
type Scope = Readonly<Record<string, unknown>>

/**
 * Gives a schema, or the messages of a protocol, the codecs that were emitted for it, and returns it. For
 * generated modules, which hold their codecs.
 *
 * Codecs of another version of this package, or of a declaration that was changed since, are not used: values
 * are then encoded as they are without a module, to the same bytes, and a warning with the code
 * `AVROLET_STALE_CODECS` says to generate the module again. An error would make of every upgrade that
 * changes emitted code one that breaks programs, for something that only makes them faster.
 */
export function withCodecs<S extends Schema | WithMessages>(
  of: S,
  { runtime: version, codecs }: EmittedCodecs,
): S {
  let isStale = version !== RUNTIME_VERSION
  for (const schema of isStale ? [] : schemasWithCodecs(of)) {
    const codec = codecs[codecKey(schema["~node"])]
    if (codec === undefined) isStale = true
    else install(schema, codec)
  }
  if (isStale) warn(of.name)
  return of
}

function install({ "~node": node, "~codec": codec }: Schema, { encode, decode }: EmittedCodec): void {
  const n = nodesOf(node)
  // Closures are made when the first value is left to them, which for most schemas is never.
  codec.encode = encode({ ...runtime, n, closure: (w: Writer, v: unknown) => encoderOf(node)(w, v) })
  codec.decode = decode({ ...runtime, n, closure: (r: Reader) => decoderOf(node)(r) })
}

function warn(name: string | undefined): void {
  const message =
    `the codecs in the generated module of ${name ?? "a schema"} were emitted for another declaration ` +
    "or version of @avrolet/avro, and are not used; generate the module again"
  // Not every runtime that forbids code generation is Node.
  const { process } = globalThis as { process?: Partial<NodeJS.Process> }
  process?.emitWarning?.(message, { code: "AVROLET_STALE_CODECS" })
}
