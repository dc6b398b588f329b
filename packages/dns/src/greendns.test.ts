// What the resolver of Eventlet, greendns, got wrong and put right in ten years, and what the best known
// cache for Node has open. Each is a rule here.

import { rmSync } from "node:fs"
import { promisify } from "node:util"
import { describe, expect, test } from "vitest"
import { startDnsServer, zone } from "./testing/dns-server.ts"
import { createFolder } from "./testing/files.ts"
import { addressesFrom, failureOf, lookupFrom } from "./testing/names.ts"

describe("the hosts file", () => {
  test("is read before a server is asked (eventlet#387)", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(zone({ "a.test": { A: ["192.0.2.1"] } }))
    const hostsFile = folder.write("hosts", "192.0.2.99 a.test A.alias\n")
    const look = addressesFrom(server, { hostsFile })
    expect(await look("a.test")).toEqual(["192.0.2.99"])
    expect(await look("a.ALIAS.")).toEqual(["192.0.2.99"])
    expect(server.asked).toEqual([])
  })

  test("with one family of a name, no server is asked for the other (eventlet#511: 30 s)", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(() => {}) // never answers
    const look = addressesFrom(server, { hostsFile: folder.write("hosts", "192.0.2.99 a.test") })
    expect(await look("a.test")).toEqual(["192.0.2.99"])
    expect(server.asked).toEqual([])
  })

  test("without the family that is wanted, a server is asked for that one, as glibc does", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(zone({ "a.test": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] } }))
    const look = addressesFrom(server, { hostsFile: folder.write("hosts", "192.0.2.99 a.test") })
    expect(await look("a.test", 6)).toEqual(["2001:db8::1"])
    expect(server.asked).toEqual(["AAAA a.test"])
  })

  test("has many lines for one name, of both families (eventlet#203)", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(zone({}))
    const hostsFile = folder.write("hosts", "::1 a.test\n192.0.2.1 a.test\n192.0.2.2 a.test")
    const look = addressesFrom(server, { hostsFile })
    expect(await look("a.test")).toEqual(["192.0.2.1", "192.0.2.2", "::1"])
    expect(await look("a.test", 6)).toEqual(["::1"])
  })

  test("may be a megabyte, may change and may be removed while it is in use", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(zone({ "a.test": { A: ["192.0.2.1"] } }))
    const lines = Array.from({ length: 40_000 }, (_, i) => `0.0.0.0 tracker-${i}.test`)
    const hostsFile = folder.write("hosts", `${lines.join("\n")}\n192.0.2.99 a.test\n`)
    const look = addressesFrom(server, { hostsFile })
    expect(await look("a.test")).toEqual(["192.0.2.99"])
    expect(await look("tracker-39999.test")).toEqual(["0.0.0.0"])
    folder.write("hosts", "192.0.2.100 a.test")
    await expect.poll(() => look("a.test"), { timeout: 10_000 }).toEqual(["192.0.2.100"])
    rmSync(hostsFile)
    await expect.poll(() => look("a.test"), { timeout: 10_000 }).toEqual(["192.0.2.1"])
  })
})

describe("the search list", () => {
  const office = zone({
    "printer.office.test": { A: ["192.0.2.1"] },
    "www.example.test": { A: ["192.0.2.2"] },
    "db.west.office.test": { A: ["192.0.2.3"] },
  })

  test("completes a short name, in the order of ndots (eventlet#363, #424)", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(office)
    const resolvConfFile = folder.write("resolv.conf", "search lab.test office.test\noptions ndots:1")
    const look = addressesFrom(server, { resolvConfFile })
    expect(await look("printer", 4)).toEqual(["192.0.2.1"])
    expect(server.asked).toEqual(["A printer.lab.test", "A printer.office.test"])
    expect(await look("www.example.test", 4)).toEqual(["192.0.2.2"])
    expect(server.asked.slice(2)).toEqual(["A www.example.test"])
    expect(await look("db.west", 4)).toEqual(["192.0.2.3"])
    expect(server.asked.slice(3)).toEqual(["A db.west", "A db.west.lab.test", "A db.west.office.test"])
  })

  test("is not for a name that ends with a dot", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(office)
    const look = addressesFrom(server, { resolvConfFile: folder.write("resolv.conf", "search office.test") })
    expect(await failureOf(look("printer."))).toMatchObject({ code: "ENOTFOUND", hostname: "printer." })
    expect(server.asked.toSorted()).toEqual(["A printer", "AAAA printer"])
  })

  test("costs a pod's short name its questions once (cacheable-lookup#37)", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(zone({ "cart.svc.cluster.local": { A: ["10.0.0.1"] } }))
    const conf = "search shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5"
    const look = addressesFrom(server, { resolvConfFile: folder.write("resolv.conf", conf) })
    expect(await look("cart")).toEqual(["10.0.0.1"])
    expect(server.asked).toHaveLength(4)
    expect(await look("cart")).toEqual(["10.0.0.1"])
    expect(server.asked).toHaveLength(4)
  })

  test("changes with resolv.conf, and what was kept is forgotten", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(
      zone({ "a.one.test": { A: ["192.0.2.1"] }, "a.two.test": { A: ["192.0.2.2"] } }),
    )
    const look = addressesFrom(server, { resolvConfFile: folder.write("resolv.conf", "search one.test") })
    expect(await look("a")).toEqual(["192.0.2.1"])
    folder.write("resolv.conf", "search two.test")
    await expect.poll(() => look("a"), { timeout: 10_000 }).toEqual(["192.0.2.2"])
  })
})

describe("families (eventlet PR #112, #203)", () => {
  test("both are asked for at once", async () => {
    await using server = await startDnsServer((question) => {
      if (server.asked.length === 2) zone({ "a.test": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] } })(question)
      else
        setTimeout(
          () => question.reply({ answers: [{ name: "a.test", type: "AAAA", data: "2001:db8::1" }] }),
          20,
        )
    })
    expect(await addressesFrom(server)("a.test")).toEqual(["192.0.2.1", "2001:db8::1"])
  })

  test.for([
    ["IPv4", "only4.test", ["192.0.2.1"]],
    ["IPv6", "only6.test", ["2001:db8::1"]],
  ] as const)("a name that has only %s has that", async ([, name, expected]) => {
    const names = { "only4.test": { A: ["192.0.2.1"] }, "only6.test": { AAAA: ["2001:db8::1"] } }
    await using server = await startDnsServer(zone(names))
    expect(await addressesFrom(server)(name)).toEqual(expected)
    const other = name === "only4.test" ? 6 : 4
    expect(await failureOf(addressesFrom(server)(name, other))).toMatchObject({ code: "ENOTFOUND" })
  })

  test.for(["A", "AAAA"] as const)(
    "a server that never answers %s does not keep the other back",
    async (silent) => {
      const answer = zone({ "a.test": { A: ["192.0.2.1"], AAAA: ["2001:db8::1"] } })
      await using server = await startDnsServer((question) => {
        if (question.type !== silent) answer(question)
      })
      expect(await addressesFrom(server)("a.test")).toEqual([silent === "A" ? "2001:db8::1" : "192.0.2.1"])
    },
  )

  test("localhost has an address of each, whatever the hosts file says (cacheable-lookup#42)", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(zone({}))
    const look = addressesFrom(server, { hostsFile: folder.write("hosts", "127.0.0.1 localhost") })
    expect(await look("localhost", 6)).toEqual(["::1"])
    expect(await look("localhost", 4)).toEqual(["127.0.0.1"])
    expect(await look("app.localhost.")).toEqual(["127.0.0.1", "::1"])
    expect(server.asked).toEqual([])
  })
})

describe("no server", () => {
  test("that listens: known at once, with whom was asked", async () => {
    const server = await startDnsServer(zone({}))
    const lookup = promisify(lookupFrom(server))
    await server[Symbol.asyncDispose]()
    const error = await failureOf(lookup("a.test"))
    expect(error).toMatchObject({ code: "EAI_AGAIN", hostname: "a.test", servers: [server.address] })
  })

  test("is needed for what the hosts file has, and nothing else is configured (eventlet#589)", async () => {
    using folder = createFolder()
    await using server = await startDnsServer(zone({}))
    const options = {
      hostsFile: folder.write("hosts", "192.0.2.99 a.test"),
      resolvConfFile: folder.path("none"),
    }
    expect(await addressesFrom(server, options)("a.test")).toEqual(["192.0.2.99"])
  })
})
