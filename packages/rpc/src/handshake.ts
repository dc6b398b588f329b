// The handshake at the head of every request and response: each side learns the other's protocol, by
// its hash if it can and by its text if it must.
//
//   request  = clientHash:byte[16] clientProtocol:text? serverHash:byte[16] meta?
//   response = match serverProtocol:text? serverHash:byte[16]? meta?
//   match    = BOTH    each knows the other; the call was answered
//            | CLIENT  the server knows the client, and tells its own protocol; the call was answered
//            | NONE    the server asks for the client's protocol; send the call again with it
//
// https://avro.apache.org/docs/1.12.0/specification/#handshake

import { decodeFrom, encode, encodeInto, type Protocol, schema, type ValueOf } from "@avrolet/avro"
import type { Reader, Writer } from "@avrolet/avro/binary"
import { RpcError, reasonOf } from "./errors.ts"
import { type ProtocolsSeen, parsePeersProtocol, sameHash } from "./protocols-seen.ts"
import { skip } from "./skip.ts"

const HandshakeRequest = schema({
  type: "record",
  name: "HandshakeRequest",
  namespace: "org.apache.avro.ipc",
  fields: [
    { name: "clientHash", type: { type: "fixed", name: "MD5", size: 16 } },
    { name: "clientProtocol", type: ["null", "string"], default: null },
    { name: "serverHash", type: "MD5" },
    { name: "meta", type: ["null", { type: "map", values: "bytes" }], default: null },
  ],
})

const HandshakeResponse = schema({
  type: "record",
  name: "HandshakeResponse",
  namespace: "org.apache.avro.ipc",
  fields: [
    { name: "match", type: { type: "enum", name: "HandshakeMatch", symbols: ["BOTH", "CLIENT", "NONE"] } },
    { name: "serverProtocol", type: ["null", "string"], default: null },
    { name: "serverHash", type: ["null", { type: "fixed", name: "MD5", size: 16 }], default: null },
    { name: "meta", type: ["null", { type: "map", values: "bytes" }], default: null },
  ],
})

/** What the server makes of a client's handshake, and what to answer. */
export type Acceptance =
  | { readonly match: "NONE"; readonly answer: Uint8Array }
  | { readonly match: "BOTH" | "CLIENT"; readonly answer: Uint8Array; readonly clientProtocol: Protocol }

/**
 * Reads a client's handshake. Throws `ERR_RPC_HANDSHAKE` when it cannot be
 * read, or when the client's text is too long or does not have the hash it claims: remembering it would let one
 * client speak for another.
 */
export function acceptHandshake(reader: Reader, own: Protocol, seen: ProtocolsSeen): Acceptance {
  if (skip(reader, twinsOffer(own))) return { match: "BOTH", answer: BOTH_ANSWER, clientProtocol: own }
  const offer = read(HandshakeRequest, reader)
  const clientProtocol = clientProtocolOf(offer, own, seen)
  // Text and hash even when the client had the hash right: Java and Python fail without them.
  if (clientProtocol === undefined) return { match: "NONE", answer: tell("NONE", own) }
  if (sameHash(offer.serverHash, own.hash)) return { match: "BOTH", answer: BOTH_ANSWER, clientProtocol }
  return { match: "CLIENT", answer: tell("CLIENT", own), clientProtocol }
}

/** The answer to nearly every message over HTTP, and the same for every protocol. */
const BOTH_ANSWER = encode(HandshakeResponse, { match: "BOTH" })

const twinsOffers = new WeakMap<Protocol, Uint8Array>()

/** What nearly every client offers: the server's own protocol. Compared, not read: that saves a twentieth of a server's CPU over HTTP. */
function twinsOffer(own: Protocol): Uint8Array {
  const known = twinsOffers.get(own)
  if (known !== undefined) return known
  const offer = encode(HandshakeRequest, { clientHash: own.hash, serverHash: own.hash })
  twinsOffers.set(own, offer)
  return offer
}

const tell = (match: "CLIENT" | "NONE", own: Protocol): Uint8Array =>
  encode(HandshakeResponse, { match, serverProtocol: own.text, serverHash: own.hash })

function clientProtocolOf(
  { clientHash, clientProtocol: text }: ValueOf<typeof HandshakeRequest>,
  own: Protocol,
  seen: ProtocolsSeen,
): Protocol | undefined {
  if (sameHash(clientHash, own.hash)) return own
  const known = seen.get(clientHash)
  if (known !== undefined || text === null) return known
  const protocol = parsePeersProtocol(text, seen)
  if (!sameHash(protocol.hash, clientHash)) {
    throw new RpcError(
      "ERR_RPC_HANDSHAKE",
      "The client's protocol does not have the hash that the client claims",
    )
  }
  seen.add(clientHash, protocol)
  return protocol
}

/** What a client knows of its server, or supposes: to begin with, that it has the client's own protocol. */
export interface ServerGuess {
  readonly hash: Uint8Array
  readonly protocol: Protocol
}

/** Writes the client's handshake; with the text of its protocol once the server has asked for it. */
export function offerHandshake(writer: Writer, own: Protocol, guess: ServerGuess, withText: boolean): void {
  if (withText)
    encodeInto(
      HandshakeRequest,
      { clientHash: own.hash, clientProtocol: own.text, serverHash: guess.hash },
      writer,
    )
  else writer.writeFixed(offerTo(guess, own))
}

const offers = new WeakMap<ServerGuess, Uint8Array>()

/** What a client says before each call, for as long as it takes its server for the same. */
function offerTo(guess: ServerGuess, own: Protocol): Uint8Array {
  const known = offers.get(guess)
  if (known !== undefined) return known
  const offer = encode(HandshakeRequest, { clientHash: own.hash, serverHash: guess.hash })
  offers.set(guess, offer)
  return offer
}

/** The server's answer to a handshake. */
export interface HandshakeAnswer {
  /** Whether the call was answered too, and not to be sent again. */
  readonly answered: boolean
  /** The server's protocol: what the client guessed, or what the server told. */
  readonly server: ServerGuess
}

/** Reads the server's answer. Throws `ERR_RPC_HANDSHAKE` for one that tells less than it has to. */
export function readHandshakeAnswer(
  reader: Reader,
  guess: ServerGuess,
  seen: ProtocolsSeen,
): HandshakeAnswer {
  if (skip(reader, BOTH_ANSWER)) return { answered: true, server: guess }
  const { match, serverProtocol: text, serverHash: hash } = read(HandshakeResponse, reader)
  if (match === "BOTH") return { answered: true, server: guess }
  if (text === null || hash === null) {
    throw new RpcError("ERR_RPC_HANDSHAKE", `The server answered ${match} without its protocol`)
  }
  const known = seen.get(hash)
  const protocol = known ?? parsePeersProtocol(text, seen)
  if (known === undefined) seen.add(hash, protocol)
  return { answered: match === "CLIENT", server: { hash, protocol } }
}

function read<T>(what: Parameters<typeof decodeFrom<T>>[0], reader: Reader): T {
  try {
    return decodeFrom(what, reader)
  } catch (error) {
    throw new RpcError("ERR_RPC_HANDSHAKE", `The handshake cannot be read: ${reasonOf(error)}`, {
      cause: error,
    })
  }
}
