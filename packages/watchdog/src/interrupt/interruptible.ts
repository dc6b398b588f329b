// Functions that can be ended from outside. The call runs inside an evaluation of this thread's own inspector
// session: V8 ends just that evaluation when another thread asks for it, and the thread goes on behind it. Ended
// anywhere else, an endless loop takes its caller with it, or the process.

import type { Session } from "node:inspector"
import { createRequire } from "node:module"
import { inspect } from "node:util"
import { isMainThread, Worker } from "node:worker_threads"
import { complain } from "../complain.ts"
import { WatchdogError } from "../errors.ts"
import { nowMillis } from "../heartbeat.ts"
import { beginCall, type CallSlot, createCallSlot, endCall, forgetCall } from "./call-slot.ts"

/** Options of `interruptible`. */
export interface InterruptibleOptions {
  /** How long a call may take: 1 to 3,600,000 ms. */
  readonly timeoutMillis: number
}

/** The name, by `Symbol.for`, of the function that is evaluated. */
const CURRENT = "avrolet.watchdog.interruptible"
const EXPRESSION = `globalThis[Symbol.for("${CURRENT}")]()`
const MAX_TIMEOUT_MILLIS = 3_600_000
const MAX_CALL = 2 ** 30
/** How long a call that has ended itself waits to be ended, when that has been decided already. */
const ENDING_MILLIS = 10_000

/**
 * Makes a function that is ended when it runs for too long: the caller gets an error, and the process goes on.
 *
 * Only what it does synchronously counts, and only JavaScript is ended at once; a native call is left when it returns.
 * No `catch` and no `finally` runs inside a function that is ended: whatever it was changing stays half-changed. So it
 * is for functions that compute a value from their arguments and touch nothing else (a user's template, rule or regular
 * expression), not for handlers with locks, transactions or `AsyncLocalStorage.run` in them. A call inside another
 * interruptible call has that one's time.
 *
 * It costs some 16 µs a call, and a worker thread for the process, which starts with the first call of this.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_THRESHOLD`: the timeout is not a number in its range.
 * @throws {WatchdogError} `ERR_WATCHDOG_THREAD`: called in a worker thread.
 * @throws {WatchdogError} `ERR_WATCHDOG_INSPECTOR`: this process has no inspector, or may not use it.
 *
 * What it gives throws `ERR_WATCHDOG_INTERRUPTED` when the call was ended; else what the function throws.
 */
export function interruptible<This, Args extends unknown[], Result>(
  fn: (this: This, ...args: Args) => Result,
  { timeoutMillis }: InterruptibleOptions,
): (this: This, ...args: Args) => Result {
  checkTimeout(timeoutMillis)
  engine ??= start()
  const { run } = engine
  return function interruptibly(this: This, ...args) {
    return run(() => Reflect.apply(fn, this, args), timeoutMillis, fn.name)
  }
}

interface Engine {
  run: <T>(action: () => T, timeoutMillis: number, name: string) => T
}

let engine: Engine | undefined

function start(): Engine {
  if (!isMainThread) {
    throw new WatchdogError(
      "ERR_WATCHDOG_THREAD",
      "interruptible works in the main thread, and was called in a worker",
    )
  }
  const session = openSession()
  const slot = createCallSlot()
  const worker = new Worker(INTERRUPTER, {
    name: "avrolet-interrupter",
    workerData: slot,
    execArgv: [],
    env: {},
  })
  worker.unref()
  let reason: string | undefined
  worker.on("error", ({ message }) => {
    reason = `their thread failed (${message})`
  })
  worker.on("exit", (code) =>
    complain(
      `interruptible functions are not ended any more: ${reason ?? `their thread ended (exit code ${code})`}`,
    ),
  )
  let lastCall = 0
  let running = false
  return {
    run: (action, timeoutMillis, name) => {
      if (running) return action()
      lastCall = (lastCall % MAX_CALL) + 1
      running = true
      try {
        return runOnce(session, slot, lastCall, action, timeoutMillis, name)
      } finally {
        running = false
      }
    },
  }
}

function openSession(): Session {
  try {
    if (!(process.permission?.has("inspector") ?? true)) throw new Error("Node's permission model forbids it")
    const inspector: typeof import("node:inspector") = createRequire(import.meta.url)("node:inspector")
    const session = new inspector.Session()
    session.connect()
    return session
  } catch (cause) {
    throw new WatchdogError("ERR_WATCHDOG_INSPECTOR", `interruptible needs the inspector: ${String(cause)}`, {
      cause,
    })
  }
}

function runOnce<T>(
  session: Session,
  slot: CallSlot,
  call: number,
  action: () => T,
  timeoutMillis: number,
  name: string,
): T {
  let outcome: { readonly value: T } | { readonly error: unknown } | undefined
  const current = (): void => {
    beginCall(slot, call, nowMillis() + timeoutMillis)
    try {
      outcome = { value: action() }
    } catch (error) {
      outcome = { error }
    }
    if (!endCall(slot, call)) waitForTheEnd()
  }
  Reflect.defineProperty(globalThis, Symbol.for(CURRENT), { value: current, configurable: true })
  session.post("Runtime.evaluate", { expression: EXPRESSION, silent: true }) // is done when this returns
  Reflect.deleteProperty(globalThis, Symbol.for(CURRENT))
  if (outcome === undefined) {
    forgetCall(slot)
    throw new WatchdogError(
      "ERR_WATCHDOG_INTERRUPTED",
      `${name || "The function"} took longer than ${timeoutMillis} ms, and was ended`,
    )
  }
  if ("error" in outcome) throw outcome.error
  return outcome.value
}

// The call is over, and so is its time: what ends it is on its way, and must not hit what comes next.
function waitForTheEnd(): void {
  const until = nowMillis() + ENDING_MILLIS
  while (nowMillis() < until);
}

const INTERRUPTER = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/interrupt/interrupter.js" : "./interrupter.js",
  import.meta.url,
)

function checkTimeout(millis: unknown): void {
  if (typeof millis === "number" && millis >= 1 && millis <= MAX_TIMEOUT_MILLIS) return
  throw new WatchdogError(
    "ERR_WATCHDOG_THRESHOLD",
    `timeoutMillis is ${inspect(millis)}; give a number of milliseconds from 1 to ${MAX_TIMEOUT_MILLIS}`,
  )
}
