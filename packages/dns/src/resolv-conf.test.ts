import { isIP } from "node:net"
import fc from "fast-check"
import { expect, test } from "vitest"
import { isName } from "./host-name.ts"
import { parseResolvConf } from "./resolv-conf.ts"

test("the resolv.conf of a pod is read", () => {
  const text = [
    "nameserver 10.96.0.10",
    "search shop.svc.cluster.local svc.cluster.local cluster.local",
    "options ndots:5 timeout:1 attempts:3",
  ].join("\n")
  expect(parseResolvConf(text, "pod")).toEqual({
    nameservers: ["10.96.0.10"],
    search: ["shop.svc.cluster.local", "svc.cluster.local", "cluster.local"],
    ndots: 5,
    tryMillis: 1000,
    tries: 3,
  })
})

const nothing = { nameservers: [], search: [], ndots: 1, tryMillis: 2000, tries: 2 }

test.for([
  ["nothing", "", nothing],
  ["comments", "; nameserver 192.0.2.1\n  # search a.test", nothing],
  ["the last of two lists", "search a.test\ndomain b.test c.test", { ...nothing, search: ["b.test"] }],
  [
    "numbers beyond their bounds",
    "options ndots:99 timeout:900 attempts:0",
    { ...nothing, ndots: 15, tryMillis: 30_000, tries: 1 },
  ],
  ["what is no number", "options ndots: timeout:x attempts", nothing],
  [
    "what is no address",
    "nameserver example.test\nnameserver\nnameserver ::1",
    { ...nothing, nameservers: ["::1"] },
  ],
  ["what is no domain", "search a..test . b.test. /etc", { ...nothing, search: ["b.test"] }],
] as const)("of %s it makes what it can", ([, text, expected]) => {
  expect(parseResolvConf(text, "machine")).toEqual(expected)
})

test("where it names no domain, it is that of the machine", () => {
  expect(parseResolvConf("", "web1.example.test").search).toEqual(["example.test"])
  expect(parseResolvConf("search", "web1.example.test").search).toEqual([])
})

test("lists are bounded", () => {
  const many = Array.from({ length: 1000 }, (_, i) => i)
  const text = `${many.map(() => "nameserver 192.0.2.1").join("\n")}\nsearch ${many.map((i) => `d${i}.test`).join(" ")}`
  const { nameservers, search } = parseResolvConf(text, "machine")
  expect(nameservers).toHaveLength(8)
  expect(search).toHaveLength(32)
})

test("of whatever text it makes something within its bounds", () => {
  const word = fc.oneof(
    fc.constantFrom("nameserver", "search", "domain", "options", "ndots:7", "timeout:-1", "\n", "#"),
    fc.string({ unit: "binary" }),
    fc.ipV4(),
    fc.domain(),
  )
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const { nameservers, search, ndots, tryMillis, tries } = parseResolvConf(words.join(" "), "machine")
      for (const address of nameservers) expect(isIP(address)).not.toBe(0)
      for (const domain of search) expect(isName(domain)).toBe(true)
      expect(ndots).toBeLessThanOrEqual(15)
      expect(tryMillis).toBeGreaterThanOrEqual(1000)
      expect(tries).toBeGreaterThanOrEqual(1)
    }),
  )
})
