// @ts-check
// Runs on a machine of its own (order.test.ts makes it): what getaddrinfo and what @avrolet/dns find of each name,
// asking the same server. Prints both, as JSON.

import { createSocket } from "node:dgram"
import dns from "node:dns"
import { promisify } from "node:util"
import { decode, encode, RECURSION_AVAILABLE } from "dns-packet"
import { lookup as ourLookup } from "../../packages/dns/dist/index.js"

/** @type {Record<string, { A?: string[], AAAA?: string[] }>} */
const names = {
  "every.test": { A: ["192.0.2.2", "192.0.2.1"], AAAA: ["fd00::9", "2001:db8::2", "2001:db8::1"] },
  "internet.test": { A: ["198.51.100.1"], AAAA: ["2001:db8::1"] },
  "site.test": { A: ["10.0.0.1"], AAAA: ["fd00::9"] },
  "link.test": { A: ["192.0.2.9"], AAAA: ["fe80::9"] },
  "six.test": { AAAA: ["2001:db8::1"] },
  "four.test": { A: ["192.0.2.9"] },
}

/** @type {dns.LookupOptions[]} */
const asked = [
  {},
  { order: "ipv4first" },
  { order: "ipv6first" },
  { hints: dns.ADDRCONFIG },
  { family: 4 },
  { family: 6 },
  { family: 6, hints: dns.V4MAPPED },
  { family: 6, hints: dns.V4MAPPED | dns.ALL },
]

const server = createSocket("udp4")
server.on("message", (bytes, { address, port }) => {
  const { id = 0, questions = [] } = decode(bytes)
  const answers = questions.flatMap(({ name, type }) =>
    type === "A" || type === "AAAA"
      ? (names[name]?.[type] ?? []).map((data) => ({ name, type, data, ttl: 60 }))
      : [],
  )
  // To glibc a server that does not offer recursion, and has no answer, is a broken one.
  const response = encode({ type: "response", id, flags: RECURSION_AVAILABLE, questions, answers })
  server.send(response, port, address)
})
await new Promise((resolve) => server.bind(53, "127.0.0.1", () => resolve(undefined)))

const results = []
for (const name of [...Object.keys(names), "localhost"]) {
  for (const options of asked) {
    const [theirs, ours] = [await find(dns.lookup, name, options), await find(ourLookup, name, options)]
    results.push({ name, options, theirs, ours })
  }
}
console.log(JSON.stringify(results))
server.close()

/** @param {typeof dns.lookup} lookup @param {string} name @param {dns.LookupOptions} options */
async function find(lookup, name, options) {
  try {
    const found = await promisify(lookup)(name, { ...options, all: true })
    // Once each: for 127.0.0.1 and ::1 in a hosts file, glibc gives 127.0.0.1 twice.
    return [...new Set(found.map(({ address }) => address))].join(" ")
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code
  }
}
