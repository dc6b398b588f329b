// A call, and what has to come of it, whichever end is ours.

import type { Call, Outcome } from "../outcome.ts"
import type { Version } from "../protocols.ts"

export interface Case extends Call {
  /** The rule, as a sentence or a part of one. */
  readonly name: string
  readonly client: Version
  readonly server: Version
  /** `fails`: an error, whatever its text. */
  readonly outcome: Outcome | "fails"
}
