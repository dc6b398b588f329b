// Functions around calls: authentication, retries, measurements. The same kind on both sides.

import type { Protocol } from "@avrolet/avro"
import type { Cancellation } from "./cancellation.ts"
import { type TryLimits, withLimits } from "./deadline.ts"
import type { CallContext } from "./implement.ts"
import type { Metadata } from "./metadata.ts"

/** A call on its way, at the client or at the server. There it is the very context that the handler gets. */
export interface InterceptedCall extends CallContext {
  readonly protocol: Protocol
  /** As the caller gave them, or as the server read them. */
  readonly parameters: unknown
  /** What goes with the parameters. At the client, what is added before `next` is sent. */
  readonly metadata: Metadata
  /** What goes with the outcome. At the server, what is added is sent; at the client it is there after `next`. */
  readonly responseMetadata: Metadata
  /** At the client, after `next`: which of several servers answered, or else got it last. */
  readonly server?: string | undefined
}

/**
 * Is called in place of the call, and resolves to its result. `next` makes the call, or calls the interceptor
 * that follows in the list: it resolves to the result, which may be passed on, changed, or replaced without
 * calling `next` at all. An error thrown is what the call fails with; at a server the client learns as much
 * of it as of one that a handler throws.
 *
 * At the client `next` may be called again, to try again, also while a try is under way, and each try may have
 * less time than the call, or a signal of its own: `next({ timeoutMillis: 200 })`. At the server a handler runs
 * once, in its client's time: `next` rejects with a `TypeError` when it is called again, or with limits.
 */
export type Interceptor = (
  call: InterceptedCall,
  next: (limits?: TryLimits) => Promise<unknown>,
) => Promise<unknown>

/** Makes a call through interceptors, the first of which is the outermost. */
export function intercept(
  interceptors: readonly Interceptor[],
  call: InterceptedCall & { readonly cancellation: Cancellation },
  { mayRepeat }: { readonly mayRepeat: boolean },
  work: (limitedTo?: Cancellation) => Promise<unknown>,
): Promise<unknown> {
  return from(0)

  async function from(index: number, limitedTo?: Cancellation): Promise<unknown> {
    const interceptor = interceptors[index]
    if (interceptor === undefined) return work(limitedTo)
    let isCalled = false
    return interceptor(call, async (limits) => {
      if (isCalled && !mayRepeat) throw calledAgain(call)
      if (limits !== undefined && !mayRepeat) throw calledWithLimits(call)
      isCalled = true
      if (limits === undefined) return from(index + 1, limitedTo)
      return withLimits(limits, limitedTo ?? call.cancellation, (own) => from(index + 1, own))
    })
  }
}

const calledAgain = ({ message }: InterceptedCall): TypeError =>
  new TypeError(`An interceptor called next() again for ${message}: at a server, a handler runs once`)

const calledWithLimits = ({ message }: InterceptedCall): TypeError =>
  new TypeError(`An interceptor called next() with limits for ${message}: at a server, its client sets them`)
