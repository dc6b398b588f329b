// Three servers, of which one is slow and one dies each second, under a steady load: what each block does about it.
//
//   node examples/dist/resilience/resilience.js 10        seconds for each line; 3 unless you say

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { createClient, type Interceptor, type Transport } from "@avrolet/rpc"
import { balancedTransport, hedging, retries } from "@avrolet/rpc/resilience"
import { tcpTransport } from "@avrolet/rpc/tcp"
import { Echo } from "../echo/protocol.ts"
import { callForAWhile, type Outcomes, percentile } from "./load.ts"

const SECONDS = Number(process.argv[2] ?? 3)
const QUICK_MILLIS = 5
const SLOW_MILLIS = 100
const LIFE_MILLIS = 1000
const TIMEOUT_MILLIS = 1000
const SERVER = fileURLToPath(new URL("./server.js", import.meta.url))

async function compare(): Promise<void> {
  if (!(SECONDS > 0 && SECONDS <= 3600)) {
    console.error(`Give a number of seconds for each line, up to 3600, got ${process.argv[2]}`)
    process.exitCode = 2
    return
  }
  const [quick, slow, dying] = [
    await start(0, QUICK_MILLIS),
    await start(0, SLOW_MILLIS),
    await start(0, QUICK_MILLIS),
  ]
  const ports = [quick.port, slow.port, dying.port]
  const balanced = (): Transport => balancedTransport(ports.map((port) => tcpTransport({ port })))
  const again = retries(Echo, { safe: ["echo"] })
  const beside = hedging(Echo, { safe: ["echo"], afterMillis: 4 * QUICK_MILLIS })

  console.log(
    `500 calls a second over TCP, ${SECONDS} s each, to three servers: one answers in ${QUICK_MILLIS} ms,`,
  )
  console.log(`one in ${SLOW_MILLIS} ms, one as the first, but killed each second and back a second later`)
  console.log("")
  console.log("                            failed  wrong  p50 ms  p99 ms  p99.9 ms  to slow one")
  await measure("each in turn, by hand", inTurn(ports), [])
  await measure("balanced", balanced(), [])
  await measure("balanced, retries", balanced(), [again])
  await measure("balanced, retries, hedging", balanced(), [again, beside])

  for (const { child } of [quick, slow]) child.kill("SIGKILL")
  dying.child.kill("SIGKILL")

  async function measure(name: string, transport: Transport, interceptors: Interceptor[]): Promise<void> {
    const client = createClient(Echo, transport, { interceptors, timeoutMillis: TIMEOUT_MILLIS })
    const { ended, stop } = dieAgainAndAgain()
    const outcomes = await callForAWhile(client.echo, SECONDS * 1000)
    stop()
    await ended
    print(name, outcomes, transport)
    await transport.close()
  }

  /** Kills a server and starts it again, until told to stop; then it serves. */
  function dieAgainAndAgain(): { ended: Promise<void>; stop: () => void } {
    const over = new AbortController()
    const { signal } = over
    const pause = (): Promise<void> => sleep(LIFE_MILLIS, undefined, { signal }).catch(() => {})
    const live = async (): Promise<void> => {
      for (;;) {
        await pause()
        if (signal.aborted) return
        dying.child.kill("SIGKILL")
        await once(dying.child, "exit")
        await pause()
        dying.child = (await start(dying.port, QUICK_MILLIS)).child
      }
    }
    return { ended: live(), stop: () => over.abort() }
  }
}

interface Server {
  child: ChildProcess
  readonly port: number
}

async function start(port: number, delayMillis: number): Promise<Server> {
  const child = spawn(process.execPath, [SERVER, String(port), String(delayMillis)], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  for await (const line of createInterface({ input: child.stdout })) return { child, port: Number(line) }
  throw new Error("The server ended before it listened")
}

/** What one would write without any of this: a transport to each server, which get the calls in turn. */
function inTurn(ports: readonly number[]): Transport {
  const transports = ports.map((port) => tcpTransport({ port }))
  let next = 0
  const transport: Transport = {
    openSession(client) {
      const sessions = transports.map((each) => each.openSession(client))
      return { call: (...call) => (sessions[next++ % sessions.length] as (typeof sessions)[0]).call(...call) }
    },
    send: (...message) => (transports[next++ % transports.length] as Transport).send(...message),
    async close() {
      await Promise.all(transports.map((each) => each.close()))
    },
    [Symbol.asyncDispose]: () => transport.close(),
  }
  return transport
}

function print(name: string, outcomes: Outcomes, transport: Transport): void {
  const failed = [...outcomes.failures.values()].reduce((sum, count) => sum + count, 0)
  const columns = [
    name.padEnd(26),
    `${failed}`.padStart(8),
    `${outcomes.wrong}`.padStart(7),
    percentile(outcomes, 0.5).toFixed(1).padStart(8),
    percentile(outcomes, 0.99).toFixed(1).padStart(8),
    percentile(outcomes, 0.999).toFixed(1).padStart(10),
    shareOfSlow(transport).padStart(13),
  ]
  console.log(columns.join(""))
}

function shareOfSlow(transport: Transport): string {
  if (!("servers" in transport)) return "33 %"
  const calls = (transport as ReturnType<typeof balancedTransport>).servers().map((server) => server.calls)
  const all = calls.reduce((sum, count) => sum + count, 0)
  return `${(((calls[1] ?? 0) * 100) / all).toFixed(0)} %`
}

await compare()
