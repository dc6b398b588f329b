// @ts-check
// A DNS server on port 53, in a process of its own: names that begin with "slow" take it 200 ms.

import { createSocket } from "node:dgram"
import { decode, encode } from "dns-packet"

const SLOW_MILLIS = 200

const socket = createSocket("udp4")
socket.on("message", (bytes, { address, port }) => {
  const { id = 0, questions = [] } = decode(bytes)
  for (const { name, type } of questions) {
    /** @type {import("dns-packet").Answer[]} */
    const answers = type === "A" ? [{ name, type, data: "192.0.2.1", ttl: 60 }] : []
    const response = encode({ type: "response", id, questions, answers })
    setTimeout(() => socket.send(response, port, address), name.startsWith("slow") ? SLOW_MILLIS : 0)
  }
})
socket.bind(53, "127.0.0.1", () => process.send?.("listening"))
process.on("disconnect", () => process.exit())
