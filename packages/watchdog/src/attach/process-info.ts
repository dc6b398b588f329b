// What the system says of a process. Linux: /proc. Elsewhere: ps, which says less.
//
//   /proc/<pid>/status      Tgid Uid SigCgt NSpid …, one a line
//   /proc/<pid>/exe         the program, as a link
//   /proc/<pid>/ns/net      the network it lives in, as a link
//   /proc/<pid>/cmdline     its arguments, each ended by a zero byte; environ alike

import { execFileSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { basename } from "node:path"

/** A process, as far as the system tells. */
export interface ProcessInfo {
  readonly userId: number
  /** The name of its program's file. */
  readonly program: string
  /** Its command line, and what `NODE_OPTIONS` adds, in the order in which Node reads them. */
  readonly args: readonly string[]
  /** Its id as it knows it itself. */
  readonly innerPid: number
  /** Whether it handles SIGUSR1; a process that does not would be ended by it. Undefined: the system does not tell. */
  readonly handlesSignal: boolean | undefined
  readonly isStopped: boolean
  /** Whether its loopback addresses are not ours. */
  readonly isOnOtherNetwork: boolean
}

const SIGUSR1_LINUX = 10

/** Undefined when there is no such process. */
export const readProcess = (pid: number): ProcessInfo | undefined =>
  process.platform === "linux" ? fromProc(pid) : fromPs(pid)

function fromProc(pid: number): ProcessInfo | undefined {
  const status = read(`/proc/${pid}/status`)
  const field = (name: string): string[] =>
    new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1]?.split(/\s+/) ?? []
  const state = field("State")[0]
  // the directory is there for each thread, too; and for a process that has ended and was not waited for
  if (field("Tgid")[0] !== String(pid) || state === "Z" || state === "X") return undefined
  const caught = BigInt(`0x${field("SigCgt")[0] ?? "0"}`)
  const options = /(?:^|\0)NODE_OPTIONS=([^\0]*)/.exec(read(`/proc/${pid}/environ`))?.[1] ?? ""
  return {
    userId: Number(field("Uid")[1]),
    program: basename(readLink(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "")),
    args: [...options.split(/\s+/), ...read(`/proc/${pid}/cmdline`).split("\0")],
    innerPid: Number(field("NSpid").at(-1) ?? pid),
    handlesSignal: (caught & (1n << BigInt(SIGUSR1_LINUX - 1))) !== 0n,
    isStopped: state === "T" || state === "t",
    isOnOtherNetwork: readLink(`/proc/${pid}/ns/net`) !== readLink("/proc/self/ns/net"),
  }
}

/** What `ps` tells: the fallback, tested on Linux as well. */
export function fromPs(pid: number): ProcessInfo | undefined {
  const ask = (column: string): string => {
    try {
      return execFileSync("ps", ["-o", `${column}=`, "-p", String(pid)], { encoding: "utf8" }).trim()
    } catch {
      return ""
    }
  }
  const userId = ask("uid")
  const state = ask("stat")
  if (userId === "" || state.startsWith("Z")) return undefined
  return {
    userId: Number(userId),
    program: basename(ask("comm")),
    args: ask("args").split(/\s+/),
    innerPid: pid,
    handlesSignal: undefined,
    isStopped: state.startsWith("T"),
    isOnOtherNetwork: false,
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return ""
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}
