// Finds the inspector of another process, and has it opened if it is not. Node opens it on SIGUSR1, from a thread
// of its own, so also in the middle of an endless loop; but not before a native call of the main thread returns.

import { setTimeout as sleep } from "node:timers/promises"
import { WatchdogError } from "../errors.ts"
import { whyNotToSignal } from "./check-process.ts"
import { isTaken, listeningAddresses } from "./listening.ts"
import type { ProcessInfo } from "./process-info.ts"

/** An inspector that is open. */
export interface Inspector {
  /** `host:port` */
  readonly address: string
  readonly webSocketUrl: string
  /** Whether it was opened by us, and is ours to close. */
  readonly opened: boolean
}

const DEFAULT_ADDRESS = "127.0.0.1:9229"
const ANSWER_MILLIS = 1000
const POLL_MILLIS = 10
const OPENING_MILLIS = 30_000

/**
 * Finds or opens the inspector of a process that `checkProcess` has let pass. `onOpening` is called before it is
 * opened, with the address it should have, and not called when it is open. Gives undefined if `signal` was aborted
 * before that. From then on it cannot be given up: the inspector would open later, and stay open.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_INSPECTOR`: it cannot be opened, or did not open within half a minute.
 */
export async function openInspector(
  pid: number,
  info: ProcessInfo,
  onOpening: (address: string) => void,
  signal?: AbortSignal,
): Promise<Inspector | undefined> {
  const expected = expectedAddress(info.args)
  const addresses = listeningAddresses(pid)
  for (const address of candidates(expected, addresses)) {
    const webSocketUrl = await askForTarget(address, signal)
    if (signal?.aborted) return undefined
    if (webSocketUrl !== undefined) return { address, webSocketUrl, opened: false }
  }
  const against = whyNotToSignal(info)
  if (against !== undefined) throw failed(`Process ${pid} ${against}`)
  if (isTaken(expected)) {
    throw failed(
      `The inspector of process ${pid} would open on ${expected}, where another program listens, perhaps a Node.js with its own inspector open; end that, or start the process with --inspect-port=0`,
    )
  }
  onOpening(expected)
  if (signal?.aborted) return undefined
  process.kill(pid, "SIGUSR1")
  return { ...(await waitUntilOpen(pid, expected, addresses)), opened: true }
}

// Where an inspector may be open already. Port 0 is any port: then all that the process listens on is asked.
function candidates(expected: string, addresses: ReadonlySet<string> | undefined): Iterable<string> {
  if (addresses === undefined) return [expected]
  return expected.endsWith(":0") ? addresses : [expected].filter((address) => addresses.has(address))
}

// Undefined where no inspector answers.
async function askForTarget(address: string, signal?: AbortSignal): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(ANSWER_MILLIS)
  try {
    const response = await fetch(`http://${address}/json/list`, {
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    })
    const targets: unknown = await response.json()
    const first: unknown = Array.isArray(targets) ? targets[0] : undefined
    const url: unknown =
      typeof first === "object" && first !== null ? Reflect.get(first, "webSocketDebuggerUrl") : undefined
    return typeof url === "string" ? url : undefined
  } catch {
    return undefined // nobody, or somebody else
  }
}

async function waitUntilOpen(
  pid: number,
  expected: string,
  before: ReadonlySet<string> | undefined,
): Promise<{ address: string; webSocketUrl: string }> {
  const until = performance.now() + OPENING_MILLIS
  while (performance.now() < until) {
    await sleep(POLL_MILLIS)
    if (!isAlive(pid)) throw failed(`Process ${pid} ended while its inspector was being opened`)
    const addresses = listeningAddresses(pid) ?? [expected]
    for (const address of addresses) {
      if (before?.has(address)) continue
      const webSocketUrl = await askForTarget(address)
      if (webSocketUrl !== undefined) return { address, webSocketUrl }
    }
  }
  throw failed(
    `The inspector of process ${pid} did not open within ${OPENING_MILLIS / 1000} s of SIGUSR1: the program may handle that signal itself, or have its inspector open elsewhere than on ${expected}, or be in a native call that goes on (the inspector then opens after it, and stays open)`,
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

// --inspect, --inspect-brk and --inspect-port, each with [host:]port; the last one counts, part by part.
function expectedAddress(args: readonly string[]): string {
  let [host = "", port = ""] = DEFAULT_ADDRESS.split(":")
  for (const arg of args) {
    const value = /^--(?:inspect|inspect-brk|inspect-port|debug-port)=(.+)$/.exec(arg)?.[1]
    const [, newHost, newPort] = /^(?:(.+):)?(\d+)$/.exec(value ?? "") ?? []
    host = newHost ?? host
    port = newPort ?? port
  }
  return `${host === "0.0.0.0" || host === "localhost" ? "127.0.0.1" : host}:${port}`
}

const failed = (sentence: string): WatchdogError => new WatchdogError("ERR_WATCHDOG_INSPECTOR", sentence)
