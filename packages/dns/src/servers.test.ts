import * as dns from "node:dns"
import { expect, test } from "vitest"
import { parseResolvConf } from "./resolv-conf.ts"
import { createServers } from "./servers.ts"
import { startDnsServer } from "./testing/dns-server.ts"

const conf = parseResolvConf("options timeout:1 attempts:1", "machine")

test("without a server of its own it asks the system's", () => {
  expect(createServers([], conf).addresses).toEqual(dns.getServers())
})

test("an answer has its addresses once, and the shortest of their TTLs", async () => {
  await using server = await startDnsServer(({ name, type, reply }) =>
    reply({
      answers: ["192.0.2.1", "192.0.2.2", "192.0.2.1"].map(
        (data, i) => ({ name, type, data, ttl: 60 - i }) as const,
      ),
    }),
  )
  expect(await createServers([server.address], conf).ask("a.test", 4)).toEqual({
    addresses: ["192.0.2.1", "192.0.2.2"],
    ttlMillis: 58_000,
  })
})

test("a thousand questions are in flight, ten thousand wait, and the next fails at once", async () => {
  const server = await startDnsServer(() => {})
  const servers = createServers([server.address], conf)
  let answered = 0
  const questions = Array.from({ length: 10_032 }, (_, i) =>
    servers.ask(`x${i}.test`, 4).then((answer) => {
      answered++
      return answer
    }),
  )
  expect(await servers.ask("late.test", 4)).toMatchObject({ addresses: [], error: { code: "ETOOMANY" } })
  expect(answered).toBe(0)
  await expect.poll(() => server.asked.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(1000)
  expect(answered === 0 ? server.asked.length : 1000).toBe(1000)
  await server[Symbol.asyncDispose]() // now they are refused
  for (const { error } of await Promise.all(questions)) expect(error).toBeDefined()
})
