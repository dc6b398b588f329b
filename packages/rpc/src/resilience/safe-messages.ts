// Which messages of a protocol may be served twice for one call.

import type { Protocol } from "@avrolet/avro"
import type { InterceptedCall } from "../interceptor.ts"

/**
 * Whether a call is of one of these messages. Throws a `TypeError` for a name that is no message of the protocol.
 *
 * Clients say what is safe, and not the protocol in an attribute of its messages: the handshake's hash is that
 * of the protocol's text, so to add one makes strangers of all peers that have the text without it.
 */
export function safeMessages(
  protocol: Protocol,
  names: readonly string[],
): (call: Pick<InterceptedCall, "protocol" | "message">) => boolean {
  for (const name of names) {
    if (!Object.hasOwn(protocol.messages, name))
      throw new TypeError(`${JSON.stringify(name)} is no message of ${protocol.name}`)
  }
  const safe = new Set(names)
  return (call) => call.protocol.name === protocol.name && safe.has(call.message)
}
