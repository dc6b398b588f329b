// What emitted code may call, by name.

import { setOwn } from "../closures/decoder.ts"
import { isObject } from "../closures/encoder.ts"
import { MISFIT } from "../misfit.ts"
import * as byClosure from "./by-closure.ts"
import * as decoding from "./decode.ts"
import * as encoding from "./encode.ts"
import { Keys } from "./keys.ts"

/** The functions and constants that emitted code finds under these names. */
export const runtime: Readonly<Record<string, unknown>> = {
  ...encoding,
  ...decoding,
  ...byClosure,
  Keys,
  MISFIT,
  isObject,
  setOwn,
}
