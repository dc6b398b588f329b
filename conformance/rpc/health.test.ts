// The health of our services, asked by Java's and Python's clients as docs/reference/health.md tells their users to.

import { readFileSync } from "node:fs"
import { parseProtocol, protocol } from "@avrolet/avro"
import { createHealth, implement } from "@avrolet/rpc"
import { serveHttp } from "@avrolet/rpc/http"
import { serveTcp } from "@avrolet/rpc/tcp"
import { expect, test } from "vitest"
import { startJavaRpc, startPythonRpc } from "./peers.ts"

const page = readFileSync(new URL("../../docs/reference/health.md", import.meta.url), "utf8")
const documented = parseProtocol(/```json\n([^]*?)```/.exec(page)?.[1] ?? "")

const Clock = protocol({ protocol: "Clock", messages: { now: { request: [], response: "long" } } })
const createClock = () => implement(Clock, { now: () => 0 })

const questions = [
  { message: "check", parameters: { service: null } },
  { message: "check", parameters: { service: "Clock" } },
  { message: "check", parameters: { service: "Printer" } },
  { message: "alive", parameters: {} },
]
const whileServing = [{ result: "SERVING" }, { result: "SERVING" }, { result: "UNKNOWN" }, { result: true }]
const drained = [
  { result: "NOT_SERVING" },
  { result: "NOT_SERVING" },
  { result: "UNKNOWN" },
  { result: true },
]

test.for([
  { peer: "Java", over: "http", start: startJavaRpc, isBeside: true },
  { peer: "Java", over: "tcp", start: startJavaRpc, isBeside: true },
  { peer: "Python", over: "http", start: startPythonRpc, isBeside: false },
] as const)("$peer asks over $over", async ({ over, start, isBeside }) => {
  const clock = createClock()
  const health = createHealth([clock])
  const serve = over === "http" ? serveHttp : serveTcp
  await using server = await serve(isBeside ? [clock, health.service] : health.service, { port: 0 })
  await using peer = await start()
  const job = { over, port: server.port ?? 0, protocol: documented, calls: questions }
  expect(await peer.call(job)).toEqual(whileServing)
  health.drain()
  expect(await peer.call(job)).toEqual(drained)
})

// It gives up when a server that asked for its protocol is then not the one that it took it for.
test("Python's client finds only the first of several services at one address", async () => {
  const clock = createClock()
  await using server = await serveHttp([clock, createHealth([clock]).service], { port: 0 })
  await using python = await startPythonRpc()
  const job = { over: "http", port: server.port ?? 0, protocol: documented, calls: questions } as const
  expect(new Set((await python.call(job)).map((outcome) => JSON.stringify(outcome)))).toEqual(
    new Set(['{"failed":"AvroException: Handshake failure."}']),
  )
})
