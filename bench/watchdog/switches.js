// @ts-check
// What can be switched on and off within a process that runs.

import { monitorEventLoopDelay } from "node:perf_hooks"
import blockedAt from "blocked-at"
import { watchEventLoop } from "../../packages/watchdog/dist/index.js"
import { BLOCKED_AT, DELAYS, GUARDED, NOTHING, OURS } from "./measure.js"

/**
 * By title, what switches it on and returns what switches it off. Sentry's cannot be: what it calls a pause leaves its
 * timer and its thread at work. What nothing seems to cost is the error of the measurement.
 * @type {Map<string, () => (() => void) | Promise<() => void>>}
 */
export const SWITCHES = new Map([
  [NOTHING.title, () => () => {}],
  [OURS.title, () => switchOnOurs(false)],
  [GUARDED.title, () => switchOnOurs(true)],
  [BLOCKED_AT.title, switchOnBlockedAt],
  [DELAYS.title, switchOnDelays],
])

/** @param {boolean} guardSyncCalls */
async function switchOnOurs(guardSyncCalls) {
  const { ready, close } = watchEventLoop({ print: false, guardSyncCalls })
  await ready
  return close
}

function switchOnBlockedAt() {
  const { stackTraceLimit } = Error
  const { stop } = blockedAt(() => {}, { threshold: 50 })
  return () => {
    stop()
    Error.stackTraceLimit = stackTraceLimit // which it leaves infinite
  }
}

function switchOnDelays() {
  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  const timer = setInterval(() => delays.max, 20)
  return () => {
    clearInterval(timer)
    delays.disable()
  }
}
