import { ADDRCONFIG, ALL, V4MAPPED } from "node:dns"
import { isIP } from "node:net"
import type { NetworkInterfaceInfo } from "node:os"
import { describe, expect, test } from "vitest"
import { familiesWanted, inOrder, mapIpv4, reachOf } from "./families.ts"

const loopback = [own("127.0.0.1", true), own("::1", true)]
const nowhere = reachOf({ lo: loopback })
const oldNet = reachOf({ lo: loopback, eth0: [own("192.0.2.7")] })
const site = reachOf({ lo: loopback, eth0: [own("10.0.0.7"), own("fd00::7"), own("fe80::7")] })
const world = reachOf({ lo: loopback, eth0: [own("192.0.2.7"), own("2001:db8::7")] })
const newNet = reachOf({ lo: loopback, eth0: [own("2001:db8::7")] })

describe("the families that are asked for", () => {
  test.for([
    ["both", 0, 0, nowhere, [6, 4]],
    ["the one that is wanted", 4, 0, newNet, [4]],
    ["the one that the machine has", 0, ADDRCONFIG, oldNet, [4]],
    ["the one that the machine has", 0, ADDRCONFIG, newNet, [6]],
    ["both, where it has both", 0, ADDRCONFIG, world, [6, 4]],
    ["both, where it has none", 0, ADDRCONFIG, nowhere, [6, 4]],
    ["none, where it has not the wanted one", 6, ADDRCONFIG, oldNet, []],
    ["both, to map the one to the other", 6, V4MAPPED, world, [6, 4]],
  ] as const)("are %s: %i, hints %i", ([, family, hints, reach, expected]) => {
    expect(familiesWanted(family, hints, reach)).toEqual(expected)
  })
})

// Those of "verbatim" are what getaddrinfo of glibc 2.36 gives on machines with such addresses.
describe("the order of addresses", () => {
  const found = addresses("fd00::9", "2001:db8::2", "2001:db8::1", "192.0.2.2", "192.0.2.1")
  const [v4, v6] = ["192.0.2.2 192.0.2.1", "2001:db8::2 2001:db8::1"]
  test.for([
    ["IPv4 first, as asked", "ipv4first", world, `${v4} ${v6} fd00::9`],
    ["IPv6 first, as asked", "ipv6first", oldNet, `fd00::9 ${v6} ${v4}`],
    ["global IPv6 first, where there is one", "verbatim", world, `${v6} ${v4} fd00::9`],
    ["IPv6 of the site first, where there is one", "verbatim", site, `fd00::9 ${v4} ${v6}`],
    ["IPv4 first, where there is no IPv6", "verbatim", oldNet, `${v4} fd00::9 ${v6}`],
    ["IPv6 first, where there is no IPv4", "verbatim", newNet, `${v6} fd00::9 ${v4}`],
    ["IPv6 first, where there is nothing", "verbatim", nowhere, `fd00::9 ${v6} ${v4}`],
  ] as const)("is %s", ([, order, reach, expected]) => {
    const ordered = inOrder(found, order, reach).map(({ address }) => address)
    expect(ordered.join(" ")).toBe(expected)
  })

  test("puts ::1 before 127.0.0.1, as getaddrinfo does, where the machine has it", () => {
    const container = reachOf({ lo: [own("127.0.0.1", true)], eth0: [own("172.17.0.2")] })
    expect(inOrder(addresses("127.0.0.1", "::1"), "verbatim", nowhere)[0]?.address).toBe("::1")
    expect(inOrder(addresses("::1", "127.0.0.1"), "verbatim", container)[0]?.address).toBe("127.0.0.1")
  })
})

describe("IPv4 addresses for an IPv6 socket", () => {
  const both = addresses("2001:db8::1", "192.0.2.1")
  test("are mapped where there are no others", () => {
    expect(mapIpv4(addresses("192.0.2.1"), V4MAPPED)).toEqual([{ address: "::ffff:192.0.2.1", family: 6 }])
    expect(mapIpv4(both, V4MAPPED)).toEqual(addresses("2001:db8::1"))
  })
  test("are mapped beside others where all are wanted", () => {
    expect(mapIpv4(both, V4MAPPED | ALL)).toEqual(addresses("2001:db8::1", "::ffff:192.0.2.1"))
  })
})

function addresses(...list: string[]) {
  return list.map((address) => ({ address, family: isIP(address) }))
}

function own(address: string, internal = false): NetworkInterfaceInfo {
  const family = isIP(address) === 4 ? "IPv4" : "IPv6"
  return { address, family, internal, netmask: "", mac: "", cidr: null, scopeid: 0 }
}
