// Codecs as a module holds them: the text that `compile/emit` writes for `new Function`, as functions.
//
//   { runtime: 1, codecs: { "9f6e…": { encode: ({ MISFIT, closure, n, reserve }) => { … }, decode: … } } }

import { codecKey, RUNTIME_VERSION, schemasWithCodecs, type WithMessages } from "../compile/codec-key.ts"
import { emitDecoder } from "../compile/emit/decoder.ts"
import { emitEncoder } from "../compile/emit/encoder.ts"
import { indent } from "../compile/emit/source.ts"
import { runtime } from "../compile/runtime/index.ts"
import type { Schema } from "../schema/schema.ts"

/** The codecs of a schema, or of a protocol's messages, as an expression: what `withCodecs` takes. */
export function codecsOf(of: Schema | WithMessages): string {
  const nodes = schemasWithCodecs(of).map((schema) => schema["~node"])
  const byKey = new Map(nodes.map((node) => [codecKey(node), node]))
  const codecs = Array.from(
    byKey,
    ([key, node]) => `    "${key}": {
      encode: ${factory(emitEncoder(node))},
      decode: ${factory(emitDecoder(node))},
    },
`,
  )
  return `{\n  runtime: ${RUNTIME_VERSION},\n  codecs: {\n${codecs.join("")}  },\n}`
}

/** A function that is given what the text refers to, and returns what the text does. */
function factory(text: string): string {
  return `({ ${namesIn(text).join(", ")} }) => {\n${indent(indent(indent(indent(text))))}\n      }`
}

/** The names in a text that it does not define. Field names never stand alone in one, except as keys. */
function namesIn(text: string): string[] {
  const words = new Set(text.match(/(?<![.\w$"])[A-Za-z]\w*(?![\w":])/g))
  return [...Object.keys(runtime), "n", "closure"].filter((name) => words.has(name)).toSorted()
}
