import { runInThisContext } from "node:vm"
import type { EmittedCodecs } from "../compile/ahead-of-time.ts"
import { codecsOf } from "../generate/codecs.ts"
import type { Protocol } from "../protocol/protocol.ts"
import type { Schema } from "../schema/schema.ts"

/** The codecs that a generated module would hold, as a module would hold them. */
export function emitted(of: Schema | Protocol): EmittedCodecs {
  return runInThisContext(`"use strict"; (${codecsOf(of)})`) as EmittedCodecs
}

/** The same, with something else in the place of the closures that they leave values to. */
export function emittedAlone(of: Schema | Protocol, closure: () => never): EmittedCodecs {
  const { runtime, codecs } = emitted(of)
  const alone = Object.entries(codecs).map(([key, { encode, decode }]) => [
    key,
    {
      encode: (scope: object) => encode({ ...scope, closure }),
      decode: (scope: object) => decode({ ...scope, closure }),
    },
  ])
  return { runtime, codecs: Object.fromEntries(alone) as EmittedCodecs["codecs"] }
}
