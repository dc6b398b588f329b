// Which request is being served: learnt from @avrolet/rpc over node:diagnostics_channel, without importing it.
// rpc runs each handler inside `channel("avrolet:rpc.serve").runStores(call, handler)`; a store bound to that
// channel holds the call throughout the handler, in all that it awaits, and in the probe that interrupts it.

import { AsyncLocalStorage } from "node:async_hooks"
import { channel } from "node:diagnostics_channel"

const SERVE_CHANNEL = "avrolet:rpc.serve"

/** Follows the calls being served until `stop()`. */
export function followRequests(): { current: () => string | undefined; stop: () => void } {
  const calls = new AsyncLocalStorage<unknown>()
  const served = channel(SERVE_CHANNEL)
  served.bindStore(calls, (call) => call)
  return {
    current: () => nameOf(calls.getStore()),
    stop: () => {
      served.unbindStore(calls)
      calls.disable()
    },
  }
}

// Anybody may publish on a channel: take nothing for granted, and run no getter that could throw.
function nameOf(call: unknown): string | undefined {
  if (typeof call !== "object" || call === null) return undefined
  try {
    const { protocol, message } = call as { protocol?: unknown; message?: unknown }
    return typeof protocol === "string" && typeof message === "string" ? `${protocol}.${message}` : undefined
  } catch {
    return undefined
  }
}
