// Which of several services at one address a client means. The handshake at the head of its first message
// tells, by the first of these that names one:
//
//   clientHash       the hash of a service's own protocol: the client has the same
//   clientProtocol   its text names a service's protocol, of whatever version
//   serverHash       what the client was told by the service when it last spoke with it
//   clientHash       a protocol that a client told a service before
//
// A client whose hash nobody knows is answered NONE, in the name of the first service, and sends the text of
// its protocol: then its name decides. Hence the text comes before the server's hash, which is then the first
// service's. A client of a protocol that is none of these gets the first service.

import { createReader } from "@avrolet/avro/binary"
import type { Service } from "../implement.ts"
import { sameHash } from "../protocols-seen.ts"

/** One service, or several of different protocols. */
export type Services = Service | readonly Service[]

/** The services at one address. */
export interface ServiceChoice {
  /** The one that speaks where none was chosen. */
  readonly first: Service
  readonly all: readonly Service[]
  /** The one that a message with a handshake is for. Never throws: bad bytes are for the first to refuse. */
  choose(message: Uint8Array): Service
}

/** Says that a server of these services is there, or closes. */
export function setClosing({ all }: ServiceChoice, isClosing: boolean): void {
  for (const service of all) service["~life"].isClosing = isClosing
}

/** Throws a `TypeError` for no services, and for two whose protocols have the same name. */
export function createServiceChoice(services: Services): ServiceChoice {
  const all: readonly Service[] = "protocol" in services ? [services] : services
  const byName = new Map(all.map((service) => [service.protocol.name, service]))
  const [first] = all
  if (first === undefined) throw new TypeError("There has to be a service")
  if (byName.size < all.length) {
    const names = all.map(({ protocol }) => protocol.name).join(", ")
    throw new TypeError(`The services at one address have protocols of different names, got ${names}`)
  }
  if (all.length === 1) return { first, all, choose: () => first }
  const maxChars = Math.max(...all.map((service) => service["~seen"].maxCharsPerProtocol))
  return { first, all, choose: (message) => find(all, byName, maxChars, message) ?? first }
}

function find(
  all: readonly Service[],
  byName: ReadonlyMap<string, Service>,
  maxChars: number,
  message: Uint8Array,
): Service | undefined {
  try {
    const reader = createReader(message)
    const clientHash = reader.readFixed(HASH_BYTES)
    const twin = all.find(({ protocol }) => sameHash(protocol.hash, clientHash))
    if (twin !== undefined) return twin

    const hasText = reader.readInt() === 1
    const namesake = hasText ? byName.get(nameOf(reader.readString(), maxChars)) : undefined
    if (namesake !== undefined) return namesake

    const serverHash = reader.readFixed(HASH_BYTES)
    const addressed = all.find(({ protocol }) => sameHash(protocol.hash, serverHash))
    return addressed ?? all.find((service) => service["~seen"].get(clientHash) !== undefined)
  } catch {
    return undefined
  }
}

const HASH_BYTES = 16

/** The full name of a protocol by its text, which is not parsed any further: only one service has to do that. */
function nameOf(text: string, maxChars: number): string {
  if (text.length > maxChars) return "" // whichever service it is for refuses it
  const { protocol, namespace } = JSON.parse(text) as { protocol: string; namespace?: string }
  return protocol.includes(".") || !namespace ? protocol : `${namespace}.${protocol}`
}
