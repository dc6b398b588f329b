// The hosts file: addresses that need no server (man 5 hosts).
//
//   line = address { blank name } [ "#" comment ]

import { isIP } from "node:net"
import { join } from "node:path"

/** The addresses of each name, in lower case. */
export type Hosts = ReadonlyMap<string, readonly string[]>

/** Reads the text of a hosts file. Lines that are none are passed over. A name may stand in many lines. */
export function parseHosts(text: string): Hosts {
  const hosts = new Map<string, string[]>()
  for (const [line] of text.matchAll(LINE)) {
    const [address = "", ...names] = line.match(WORD) ?? []
    if (isIP(address) === 0) continue
    for (const name of names) add(hosts, name.toLowerCase().replace(/\.$/, ""), address)
  }
  return hosts
}

/** What is before a comment. */
const LINE = /^[^#\n]+/gm
const WORD = /\S+/g

function add(hosts: Map<string, string[]>, name: string, address: string): void {
  const addresses = hosts.get(name)
  if (addresses === undefined) hosts.set(name, [address])
  else if (!addresses.includes(address) && addresses.length < MAX_ADDRESSES) addresses.push(address)
}

/** So that a file of one name and many addresses is not read in time that is square. */
const MAX_ADDRESSES = 256

/** Where the system keeps it. */
export function defaultHostsFile(platform = process.platform, env = process.env): string {
  if (platform !== "win32") return "/etc/hosts"
  return join(env["SystemRoot"] ?? "C:\\Windows", "System32", "drivers", "etc", "hosts")
}
