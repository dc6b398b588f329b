// Which processes may be attached to. All that can be known without touching the process is checked first:
// SIGUSR1 opens the inspector of a Node.js process, and ends a process that does not expect it.

import { WatchdogError } from "../errors.ts"
import { type ProcessInfo, readProcess } from "./process-info.ts"

/**
 * What is known of a process that may be attached to.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_PROCESS`: there is no such process, or it is not one to watch.
 */
export function checkProcess(pid: number): ProcessInfo {
  if (!Number.isSafeInteger(pid) || pid <= 0) throw refused(`${pid} is not a process id`)
  if (pid === process.pid) {
    throw refused(`process ${pid} is this one, which cannot watch itself from outside; use watchEventLoop`)
  }
  const info = process.platform === "win32" ? undefined : readProcess(pid)
  if (info === undefined) {
    if (process.platform === "win32") throw refused("Attaching to a process works on Linux and macOS only")
    throw refused(`there is no process ${pid}`)
  }
  const reason = reasonAgainst(info)
  if (reason !== undefined) throw refused(`process ${pid} ${reason}`)
  return info
}

/** Why the inspector of this process cannot be opened, as the end of a sentence; undefined if it can. */
export function whyNotToSignal({ args, handlesSignal }: ProcessInfo): string | undefined {
  const isDisabled = args.some((arg) => /^--(disable-sigusr1|experimental-permission|permission)$/.test(arg))
  if (handlesSignal === true || (handlesSignal === undefined && !isDisabled)) return undefined
  return "does not open its inspector on SIGUSR1: it still starts, or was started with --disable-sigusr1 or the permission model, or its Node.js has no inspector; start it with --import @avrolet/watchdog/register instead"
}

// As the end of a sentence.
function reasonAgainst({ userId, program, isStopped, isOnOtherNetwork }: ProcessInfo): string | undefined {
  const ownId = process.geteuid?.() ?? userId
  if (userId !== ownId) return `belongs to user ${userId}, and this is user ${ownId}; watch it as that user`
  if (!isNode(program)) return `is not Node.js: it runs ${program || "no program of its own"}`
  if (isOnOtherNetwork) return "is in a container with a network of its own; watch it from within"
  if (isStopped) return "is stopped; continue it first (kill -CONT)"
  return undefined
}

// node, nodejs, node22, node-v24.1.0
const isNode = (program: string): boolean => /^node(js)?(-?v?\d[\d.]*)?$/.test(program)

const refused = (sentence: string): WatchdogError =>
  new WatchdogError("ERR_WATCHDOG_PROCESS", sentence.charAt(0).toUpperCase() + sentence.slice(1))
