// Functions around calls: authentication, retries, measurements. The same kind on both sides.

import type { Protocol } from "@avrolet/avro"
import type { TryLimits } from "./deadline.ts"
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
 * less time than the call, or a signal of its own: `next({ timeoutMillis: 200 })`. Interceptors further in then get that
 * try for their call. At the server a handler runs
 * once, in its client's time: `next` rejects with a `TypeError` when it is called again, or with limits.
 */
export type Interceptor = (
  call: InterceptedCall,
  next: (limits?: TryLimits) => Promise<unknown>,
) => Promise<unknown>

/**
 * Makes a call through interceptors, the first of which is the outermost. Only where there is a `tryWithin` may they
 * make it again: that makes a try of a call within limits, which those further in get for their call.
 */
export function intercept<Call extends InterceptedCall>(
  interceptors: readonly Interceptor[],
  call: Call,
  work: (call: Call) => Promise<unknown>,
  tryWithin?: (limits: TryLimits, call: Call, work: (own: Call) => Promise<unknown>) => Promise<unknown>,
): Promise<unknown> {
  return from(0, call)

  async function from(index: number, current: Call): Promise<unknown> {
    const interceptor = interceptors[index]
    if (interceptor === undefined) return work(current)
    let isCalled = false
    return interceptor(current, async (limits) => {
      if (isCalled && tryWithin === undefined) throw calledAgain(call)
      if (limits !== undefined && tryWithin === undefined) throw calledWithLimits(call)
      isCalled = true
      if (limits === undefined || tryWithin === undefined) return from(index + 1, current)
      return tryWithin(limits, current, (own) => from(index + 1, own))
    })
  }
}

const calledAgain = ({ message }: InterceptedCall): TypeError =>
  new TypeError(`An interceptor called next() again for ${message}: at a server, a handler runs once`)

const calledWithLimits = ({ message }: InterceptedCall): TypeError =>
  new TypeError(`An interceptor called next() with limits for ${message}: at a server, its client sets them`)
