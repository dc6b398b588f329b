// A call and what came of it, whoever made it.

import type { CallOptions } from "@avrolet/rpc"

/** The result, a declared error by its full name, or the text of any other. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly declared: string; readonly value: unknown }
  | { readonly failed: string }

/** A call, as a peer's client or ours makes it. */
export interface Call {
  readonly message: string
  /** As our client takes them. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** For our client. */
  readonly options?: CallOptions
}
