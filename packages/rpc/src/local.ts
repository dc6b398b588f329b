// A service in the same process: real bytes, no socket.

import { RpcError } from "./errors.ts"
import type { Service } from "./implement.ts"
import { respond } from "./respond.ts"
import type { Transport } from "./transport.ts"

/** Carries calls to a service in this process, encoded and decoded as between two. For tests, and to start with. */
export function localTransport(service: Service): Transport {
  let closed = false
  const transport: Transport = {
    async send(message, cancellation) {
      if (closed) throw new RpcError("ERR_RPC_CONNECTION", "The transport is closed")
      return respond(service, message, cancellation)
    },
    async close() {
      closed = true
    },
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}
