// Servers that are slow, wrong or malicious. Each lookup ends in bounded time, with an address that the server
// gave which was asked, or with one of Node's codes; and what one name was answered is kept for no other.

import { randomBytes } from "node:crypto"
import { createSocket } from "node:dgram"
import { promisify } from "node:util"
import { encode } from "dns-packet"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { NXDOMAIN, type Question, REFUSED, SERVFAIL, startDnsServer, zone } from "./testing/dns-server.ts"
import { createFolder } from "./testing/files.ts"
import { addressesFrom, failureOf, lookupFrom } from "./testing/names.ts"

const honest = zone({ "a.test": { A: ["192.0.2.1"] } })
const forged = (name: string) => [{ name, type: "A", data: "198.51.100.66", ttl: 3600 }] as const

describe("a server that", () => {
  test.for([
    ["does not know the name", { rcode: NXDOMAIN }, "ENOTFOUND"],
    ["has no address for it", {}, "ENOTFOUND"],
    ["fails", { rcode: SERVFAIL }, "EAI_AGAIN"],
    ["refuses", { rcode: REFUSED }, "EAI_FAIL"],
    ["does not implement it", { rcode: 4 }, "EAI_FAIL"],
  ] as const)("%s: %o is %s", async ([, response, code]) => {
    await using server = await startDnsServer(({ reply }) => reply(response))
    const error = await failureOf(promisify(lookupFrom(server))("a.test"))
    expect(error).toMatchObject({
      code,
      syscall: "getaddrinfo",
      hostname: "a.test",
      servers: [server.address],
    })
  })

  test("never answers is given up when the time is over, and a second caller waits no longer", async () => {
    await using server = await startDnsServer(() => {})
    const lookup = promisify(lookupFrom(server, { timeoutMillis: 100 }))
    const errors = await Promise.all([failureOf(lookup("a.test")), failureOf(lookup("a.test"))])
    for (const error of errors)
      expect(error).toMatchObject({ code: "EAI_AGAIN", cause: { code: "ETIMEOUT" } })
    expect(server.asked).toHaveLength(2)
  })

  test("never answers for one family loses no address of the other when the time is over", async () => {
    await using server = await startDnsServer((question) => {
      if (question.type === "A") honest(question)
    })
    // Shorter than the other family is waited for once one has addresses.
    const lookup = promisify(lookupFrom(server, { timeoutMillis: 30 }))
    await failureOf(lookup("a.test", 4)) // so that it is in the cache, whenever it comes
    await expect.poll(() => failureOf(lookup("a.test", 4))).toMatchObject({ fulfilled: {} })
    expect(await lookup("a.test")).toEqual({ address: "192.0.2.1", family: 4 })
  })

  test("does not answer the first time is asked again", async () => {
    using folder = createFolder()
    await using server = await startDnsServer((question) => {
      if (server.asked.length > 1) honest(question)
    })
    const resolvConfFile = folder.write("resolv.conf", "options timeout:1 attempts:3")
    expect(await addressesFrom(server, { resolvConfFile })("a.test", 4)).toEqual(["192.0.2.1"])
  })

  test("answers slowly is waited for, and the rest goes on", async () => {
    await using server = await startDnsServer((question) => {
      if (question.name === "slow.test") setTimeout(() => question.reply({ rcode: NXDOMAIN }), 300)
      else honest(question)
    })
    const look = addressesFrom(server)
    const order: string[] = []
    const slow = failureOf(look("slow.test")).then(() => order.push("slow"))
    await Promise.all([slow, look("a.test").then(() => order.push("fast"))])
    expect(order).toEqual(["fast", "slow"])
  })

  test("cuts its response is asked again over TCP", async () => {
    const many = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`)
    const whole = zone({ "a.test": { A: many } })
    const viaTcp: boolean[] = []
    await using server = await startDnsServer((question) => {
      viaTcp.push(question.viaTcp)
      if (question.viaTcp) whole(question)
      else question.reply({ truncated: true })
    })
    expect(await addressesFrom(server)("a.test", 4)).toEqual(many)
    expect(viaTcp).toEqual([false, true])
  })

  test("cuts its response over TCP too is given up", async () => {
    await using server = await startDnsServer(({ reply }) => reply({ truncated: true }))
    const error = await failureOf(addressesFrom(server, { timeoutMillis: 2000 })("a.test", 4))
    expect(error).toMatchObject({ code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) })
  })

  test("cuts its response and is silent over TCP is given up when the time is over", async () => {
    await using server = await startDnsServer(({ viaTcp, reply }) => {
      if (!viaTcp) reply({ truncated: true })
    })
    const error = await failureOf(addressesFrom(server, { timeoutMillis: 300 })("a.test", 4))
    expect(error).toMatchObject({ code: "EAI_AGAIN", cause: { code: "ETIMEOUT" } })
  })

  test("gives thousands of addresses is heard to 256", async () => {
    const many = Array.from({ length: 2000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
    await using server = await startDnsServer((question) => {
      if (question.viaTcp) zone({ "a.test": { A: many } })(question)
      else question.reply({ truncated: true })
    })
    expect(await addressesFrom(server)("a.test", 4)).toEqual(many.slice(0, 256))
  })

  test("answers twice is heard once, and keeps its first word", async () => {
    await using server = await startDnsServer((question) => {
      honest(question)
      question.reply({ answers: forged("a.test") })
    })
    const look = addressesFrom(server)
    expect(await look("a.test", 4)).toEqual(["192.0.2.1"])
    expect(await look("a.test", 4)).toEqual(["192.0.2.1"])
  })
})

describe("a forged response", () => {
  test.for([
    [
      "another id",
      ({ query }: Question) => ({ id: ((query.id ?? 0) + 1) & 0xffff, answers: forged("a.test") }),
    ],
    ["the question of another name", () => ({ question: "b.test", answers: forged("b.test") })],
  ] as const)("with %s is as if it never came", async ([, forge]) => {
    await using server = await startDnsServer((question) => {
      for (let i = 0; i < 50; i++) question.reply(forge(question))
      honest(question)
    })
    expect(await addressesFrom(server)("a.test", 4)).toEqual(["192.0.2.1"])
  })

  test("from another port than was asked is as if it never came, even with the right id", async () => {
    const stranger = createSocket("udp4")
    try {
      await using server = await startDnsServer((question) => {
        const { id, questions } = question.query
        const response = encode({ type: "response", id, questions, answers: [...forged("a.test")] })
        stranger.send(response, question.clientPort, "127.0.0.1", () => honest(question))
      })
      expect(await addressesFrom(server)("a.test", 4)).toEqual(["192.0.2.1"])
    } finally {
      stranger.close()
    }
  })

  test("with addresses of a name that was not asked for is not kept for that name", async () => {
    await using server = await startDnsServer((question) =>
      question.name === "a.test"
        ? question.reply({ answers: [...forged("a.test"), ...forged("bank.test")] })
        : honest(question),
    )
    const look = addressesFrom(server)
    expect(await look("a.test", 4)).toEqual(["198.51.100.66"])
    expect(await failureOf(look("bank.test", 4))).toMatchObject({ code: "ENOTFOUND" })
  })
})

describe("an alias", () => {
  const alias = (name: string, data: string, ttl = 60) => ({ name, type: "CNAME", data, ttl }) as const
  const address = (name: string, ttl = 60) => ({ name, type: "A", data: "192.0.2.1", ttl }) as const

  test("is followed through the response, and lives as short as its shortest part", async () => {
    const answers = [alias("a.test", "b.test"), alias("b.test", "c.test", 0), address("c.test")]
    await using server = await startDnsServer(({ reply }) => reply({ answers }))
    const look = addressesFrom(server)
    expect(await look("a.test", 4)).toEqual(["192.0.2.1"])
    expect(await look("a.test", 4)).toEqual(["192.0.2.1"])
    expect(server.asked).toHaveLength(2)
  })

  test.for([
    ["of itself", [alias("a.test", "a.test")]],
    ["in a circle", [alias("a.test", "b.test"), alias("b.test", "a.test")]],
    ["that leads nowhere", [alias("a.test", "b.test")]],
    ["of a hundred", Array.from({ length: 100 }, (_, i) => alias(`x${i}.test`, `x${i + 1}.test`))],
  ] as const)("%s has no address", async ([, answers]) => {
    await using server = await startDnsServer(({ reply, viaTcp }) =>
      reply(viaTcp ? { answers } : { truncated: true }),
    )
    expect(await failureOf(addressesFrom(server)("a.test", 4))).toMatchObject({ code: "ENOTFOUND" })
  })
})

test("whatever bytes a server sends, a lookup ends with an address it sent or an error of Node's", async () => {
  let damage: (response: Buffer) => Buffer = (response) => response
  await using server = await startDnsServer((question) =>
    honest({ ...question, reply: (response) => question.reply(response, damage) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(60), async (noise, at) => {
      damage = (response) => {
        const damaged = Buffer.from(response)
        for (const [i, byte] of noise.entries())
          if (at + i >= 2 && at + i < damaged.length) damaged[at + i] = byte
        return damaged
      }
      const look = addressesFrom(server, { timeoutMillis: 30 })
      const result = await look("a.test", 4).catch((error: unknown) => error)
      if (result instanceof Error)
        expect(result).toMatchObject({ code: expect.stringMatching(/^(ENOTFOUND|EAI_)/) })
      else expect(result).toHaveLength(1)
    }),
    { numRuns: 60 },
  )
})

test("answers that change are seen when their TTL is over", async () => {
  let last = 0
  await using server = await startDnsServer(({ name, type, reply }) =>
    reply({
      answers:
        type === "A" ? [{ name, type, data: `192.0.2.${++last}`, ttl: name === "now.test" ? 0 : 1 }] : [],
    }),
  )
  const look = addressesFrom(server, { staleMillis: 0 })
  expect(await look("now.test", 4)).toEqual(["192.0.2.1"])
  expect(await look("now.test", 4)).toEqual(["192.0.2.2"])
  expect(await look("later.test", 4)).toEqual(["192.0.2.3"])
  expect(await look("later.test", 4)).toEqual(["192.0.2.3"])
  await expect.poll(() => look("later.test", 4), { timeout: 10_000 }).toEqual(["192.0.2.4"])
})

test("a TTL of 136 years is one of maxTtlMillis (RFC 8767, section 4)", async () => {
  await using server = await startDnsServer(zone({ "a.test": { A: ["192.0.2.1"], ttl: 2 ** 32 - 1 } }))
  const look = addressesFrom(server, { maxTtlMillis: 2000, staleMillis: 0 })
  await look("a.test", 4)
  await look("a.test", 4)
  expect(server.asked).toHaveLength(1)
  await expect.poll(async () => (await look("a.test", 4)) && server.asked.length, { timeout: 10_000 }).toBe(2)
})

test("a thousand callers of one name are one question for each family", async () => {
  await using server = await startDnsServer(honest)
  const look = addressesFrom(server)
  const all = await Promise.all(Array.from({ length: 1000 }, () => look("a.test")))
  for (const addresses of all) expect(addresses).toEqual(["192.0.2.1"])
  expect(server.asked).toHaveLength(2)
})

test("a flood of random names is answered, and leaves the memory as it was", async () => {
  await using server = await startDnsServer(honest)
  server.asked.push = () => 0 // the test's own list would grow
  const look = addressesFrom(server, { maxEntries: 100 })
  const flood = async (names: number): Promise<void> => {
    for (let done = 0; done < names; done += 500)
      await Promise.all(
        Array.from({ length: 500 }, () => failureOf(look(`${randomBytes(20).toString("hex")}.test`, 4))),
      )
  }
  await flood(5000)
  const before = process.memoryUsage().rss
  await flood(10_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20)
  expect(await look("a.test", 4)).toEqual(["192.0.2.1"])
})
