// Our lookup beside getaddrinfo, on machines with addresses of every kind. Each machine is a process in namespaces of
// its own (unshare of util-linux), with its own network, its own resolv.conf and a server on its port 53.

import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"

interface Result {
  readonly name: string
  readonly options: { readonly family?: number; readonly hints?: number }
  readonly theirs: string
  readonly ours: string
}

const CARD = "ip link add card type veth peer name other && ip link set card up && ip link set other up"
const IPV4 = "ip addr add 192.0.2.7/24 dev card && ip route add default via 192.0.2.254"
const IPV6 = "ip addr add 2001:db8::7/64 dev card nodad && ip -6 route add default via 2001:db8::fe"
const SITE = "ip addr add fd00::7/64 dev card nodad"

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "avrolet-machine-"))
  writeFileSync(join(folder, "resolv.conf"), "nameserver 127.0.0.1\nsearch .\n")
  writeFileSync(join(folder, "hosts"), "127.0.0.1 localhost\n::1 localhost\n")
})
afterAll(() => rmSync(folder, { recursive: true }))

test.for([
  ["no network", []],
  ["IPv4", [CARD, IPV4]],
  ["IPv6", [CARD, IPV6]],
  ["both", [CARD, IPV4, IPV6]],
  ["IPv4, and IPv6 of its site", [CARD, IPV4, SITE]],
] as const)(
  "on a machine with %s, addresses and their order are those of getaddrinfo",
  async ([, network]) => {
    const results = await runOnMachine(network)
    expect(results.length).toBeGreaterThan(50)
    for (const { name, options, theirs, ours } of results)
      expect({ name, options, found: ours }).toEqual({ name, options, found: theirs })
  },
)

async function runOnMachine(network: readonly string[]): Promise<Result[]> {
  const script = [
    "ip link set lo up",
    ...network,
    `mount --bind ${folder}/resolv.conf /etc/resolv.conf`,
    `mount --bind ${folder}/hosts /etc/hosts`,
    'exec "$@"',
  ].join(" && ")
  const program = [process.execPath, join(import.meta.dirname, "addresses.js")]
  const namespaces = ["--map-root-user", "--mount", "--net"]
  const { stdout } = await promisify(execFile)("unshare", [
    ...namespaces,
    "sh",
    "-c",
    script,
    "sh",
    ...program,
  ])
  return JSON.parse(stdout) as Result[]
}
