// The two versions of the protocol that every peer serves and calls: ../protocols.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { type Protocol, parseProtocol } from "@avrolet/avro"

/** A version of the protocol, by the name of its file. */
export type Version = "exchange" | "exchange-newer"

/** All versions, in the order in which the peers are told them. */
export const versions: readonly Version[] = ["exchange", "exchange-newer"]

/** The path of a version's file. */
export const pathOf = (version: Version): string =>
  fileURLToPath(new URL(`../protocols/${version}.avpr`, import.meta.url))

/** A version, parsed. */
export const protocolOf = (version: Version): Protocol => parseProtocol(readFileSync(pathOf(version), "utf8"))

/** A version under a hash that nobody has seen: its text is another, what it means is the same. */
export function strangerOf(version: Version): Protocol {
  const declaration = JSON.parse(readFileSync(pathOf(version), "utf8")) as object
  return parseProtocol(JSON.stringify({ ...declaration, doc: crypto.randomUUID() }))
}
