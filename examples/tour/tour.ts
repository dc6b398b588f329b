// The tour: a service, a client in another process, the watchdog that sees the service block, and the events that are
// recorded of it.
//
//   npm start                 runs the tour, then stays up to be called
//   npm start -- --once       ends after the tour
//   npm start -- --port 8081  listens there (default 8080; 0 takes any free port)

import { spawn } from "node:child_process"
import { subscribe } from "node:diagnostics_channel"
import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { createRecorder } from "@avrolet/events"
import { CallServed, LoopBlocked, recordDiagnostics } from "@avrolet/events/builtin"
import { fileSink, fileSource } from "@avrolet/events/file"
import { query } from "@avrolet/events/sql"
import { httpHandler } from "@avrolet/rpc/http"
import { watchEventLoop } from "@avrolet/watchdog"
import { echo } from "../echo/service.ts"
import { primes } from "./primes.ts"

const DAY = 86_400_000

const CALLS =
  "select message, count(*) as calls, median(millis) as millis from CallServed group by all order by 1"
const BLOCKS = "select cause, request, millis from LoopBlocked where cause <> 'starved'"

interface Calls {
  readonly message: string
  readonly calls: number
  readonly millis: number
}

interface Block {
  readonly request: string | null
  readonly cause: string
  readonly millis: number
}

async function tour(): Promise<void> {
  const { endsByItself, port } = options()
  const server = await listen(port)
  const directory = relative("", fileURLToPath(new URL("events", import.meta.url)))
  const begun = new Date()
  await using recorder = createRecorder(fileSink(directory, { retention: { ageMillis: DAY } }), {
    service: "tour",
  })
  using _recording = recordDiagnostics(recorder)
  const blocked = nextBlock()
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  using _watchdog = watchEventLoop({ thresholdMillis: 100, httpRequests: true, print: "pretty" })

  console.log(`1. A service answers Avro RPC at ${address}. Another process calls it:\n`)
  await runCaller(address)

  console.log(`\n2. Its calls and its block are recorded as events, in ${directory}:\n`)
  await blocked
  await recorder.flush()
  const source = fileSource(directory)
  const since = { since: begun, events: [CallServed, LoopBlocked] }
  for await (const { message, calls, millis } of query<Calls>(source, CALLS, since)) {
    console.log(`   ${message}: ${calls} call, ${millis.toFixed(1)} ms`)
  }
  for await (const { request, cause, millis } of query<Block>(source, BLOCKS, since)) {
    const during = request === null ? "" : `, serving ${request}`
    console.log(`   the event loop was blocked for ${millis.toFixed(0)} ms by ${cause}${during}`)
  }

  if (!endsByItself) {
    console.log(`\n3. It stays up. Call it from another terminal, in this folder:\n`)
    console.log(`   npx avrolet call ${address} split '{"query":"now it is your turn"}'\n`)
    console.log("   Ctrl-C stops it.")
    await interrupted()
    console.log("\nStopped.")
  }
  server.close()
  server.closeIdleConnections()
  const ask = relative("", fileURLToPath(new URL("../events/ask.js", import.meta.url)))
  console.log(`\nAsk it for all it has done so far, in SQL:\n\n   node ${ask} ${directory} "${CALLS}"`)
}

/** Resolves once a block of a call was told, which is shortly after it is over; or when none is within ten seconds. */
async function nextBlock(): Promise<void> {
  await new Promise<void>((resolve) => {
    subscribe("avrolet:watchdog.block", (block) => {
      if ((block as { request?: string }).request !== undefined) resolve()
    })
    setTimeout(resolve, 10_000).unref()
  })
}

function options(): { endsByItself: boolean; port: number } {
  const { values } = parseArgs({ options: { once: { type: "boolean" }, port: { type: "string" } } })
  const { once: endsByItself = false, port = "8080" } = values
  if (!/^\d+$/.test(port) || Number(port) > 65535)
    throw new Refusal(`--port takes a number up to 65535, got ${port}`)
  return { endsByItself, port: Number(port) }
}

async function listen(port: number): Promise<Server> {
  const serveEcho = httpHandler(echo)
  const servePrimes = httpHandler(primes)
  const server = createServer((request, response) => {
    const serve = request.url === "/primes" ? servePrimes : serveEcho
    serve(request, response)
  })
  server.listen(port, "127.0.0.1")
  try {
    await once(server, "listening")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error
    throw new Refusal(
      `Port ${port} is taken by another program. Choose another: npm start -- --port ${port + 1}`,
    )
  }
  return server
}

/** Runs the client as a process of its own. */
async function runCaller(address: string): Promise<void> {
  const caller = fileURLToPath(new URL("./caller.js", import.meta.url))
  const child = spawn(process.execPath, [caller, address], { stdio: "inherit" })
  const [exitCode] = (await once(child, "exit")) as [number | null]
  if (exitCode !== 0) throw new Refusal("The client did not finish; see above for its reason.")
}

async function interrupted(): Promise<void> {
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")])
}

/** Something to say without a stack: it is not a fault of the program. */
class Refusal extends Error {}

try {
  await tour()
} catch (error) {
  if (!(error instanceof Refusal || (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS")))
    throw error
  console.error((error as Error).message)
  process.exitCode = 1
}
