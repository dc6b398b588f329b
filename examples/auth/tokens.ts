// Who calls is told by a token, which goes with every call as metadata: over every transport alike.

import { createHash } from "node:crypto"
import { type Interceptor, refusal } from "@avrolet/rpc"

const KEY = "authorization"

/** For a client: sends the token with every call. */
export function sendToken(token: string): Interceptor {
  const bytes = new TextEncoder().encode(token)
  return (call, next) => {
    call.metadata[KEY] = bytes
    return next()
  }
}

/** For a service: whose token is not among these is refused, and so is a message that it is not good for. */
export function requireToken(messagesByToken: Readonly<Record<string, readonly string[]>>): Interceptor {
  // Looked up by their digests: how long that takes tells nothing of a token.
  const allowed = new Map(
    Object.entries(messagesByToken).map(([token, messages]) => [digest(token), new Set(messages)]),
  )
  return async (call, next) => {
    const messages = allowed.get(digest(call.metadata[KEY] ?? ""))
    if (messages === undefined) throw refusal("ERR_RPC_UNAUTHENTICATED", "Send a token that is known here")
    if (!messages.has(call.message))
      throw refusal("ERR_RPC_FORBIDDEN", `The token is not for ${call.message}`)
    return next()
  }
}

const digest = (token: string | Uint8Array): string => createHash("sha256").update(token).digest("hex")
