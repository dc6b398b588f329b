// The protocols that peers have told us, by hash, so that they need not tell them again. Bounded: a
// peer may invent protocols without end. One that was forgotten is asked for again, nothing worse.

import { type Protocol, parseProtocol } from "@avrolet/avro"
import { RpcError, reasonOf } from "./errors.ts"

/** How much of other sides' protocols is remembered. */
export interface ProtocolsSeenOptions {
  /** How many protocols. Default 100. */
  readonly maxProtocolsSeen?: number
  /** How many characters of their texts together. Default 4 Mi. */
  readonly maxProtocolChars?: number
  /**
   * How many characters the text of one may have; a longer one is refused. Default 256 Ki. Over TCP each connection
   * holds its client's, which takes up to 17 bytes a character.
   */
  readonly maxCharsPerProtocol?: number
}

/** A bounded memory of protocols; the one not used for longest goes first. */
export interface ProtocolsSeen {
  readonly maxCharsPerProtocol: number
  get(hash: Uint8Array): Protocol | undefined
  add(hash: Uint8Array, protocol: Protocol): void
}

/** An empty memory. */
export function createProtocolsSeen({
  maxProtocolsSeen = 100,
  maxProtocolChars = 4 * 1024 * 1024,
  maxCharsPerProtocol = 256 * 1024,
}: ProtocolsSeenOptions = {}): ProtocolsSeen {
  const seen = new Map<string, Protocol>() // in the order of their last use
  let chars = 0

  return {
    maxCharsPerProtocol,

    get(hash) {
      const key = keyOf(hash)
      const protocol = seen.get(key)
      if (protocol === undefined) return undefined
      seen.delete(key)
      seen.set(key, protocol)
      return protocol
    },

    add(hash, protocol) {
      const key = keyOf(hash)
      chars += protocol.text.length - (seen.get(key)?.text.length ?? 0)
      seen.delete(key)
      seen.set(key, protocol)
      for (const [oldest, { text }] of seen) {
        if (seen.size <= maxProtocolsSeen && chars <= maxProtocolChars) break
        seen.delete(oldest)
        chars -= text.length
      }
    },
  }
}

const MIN_SERVERS_CHARS = 1024 * 1024

/** An empty memory of a client, which chose its server: longer texts are read, and the longer its own, the longer. */
export function createServersSeen({ text }: Pick<Protocol, "text">): ProtocolsSeen {
  return createProtocolsSeen({ maxCharsPerProtocol: Math.max(MIN_SERVERS_CHARS, text.length * 2) })
}

/** Whether two hashes are the same. A loop, because `every` made it 7 % of a call without a socket. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

/** Parses a peer's protocol. Throws `ERR_RPC_HANDSHAKE` for a text that is none, or too long. */
export function parsePeersProtocol(text: string, { maxCharsPerProtocol }: ProtocolsSeen): Protocol {
  if (text.length > maxCharsPerProtocol) {
    throw new RpcError(
      "ERR_RPC_HANDSHAKE",
      `The peer's protocol has ${text.length} characters, more than ${maxCharsPerProtocol}; only a service can be told to read longer ones, by its maxCharsPerProtocol`,
    )
  }
  try {
    return parseProtocol(text)
  } catch (error) {
    throw new RpcError("ERR_RPC_HANDSHAKE", `The peer's protocol cannot be read: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}

const keyOf = (hash: Uint8Array): string => String.fromCharCode(...hash)
