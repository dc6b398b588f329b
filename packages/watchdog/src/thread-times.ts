// What the Linux kernel says about the watched thread. Best effort: elsewhere, and where /proc is restricted,
// there is nothing, and the watchdog judges by the clock alone.
//
//   /proc/self/task/<tid>/schedstat   run-nanos queue-nanos slices
//   /proc/self/task/<tid>/stat        tid (name) state …      the name may hold spaces and parentheses
//   /proc/self/task/<tid>/syscall     "running", or number argument … stack-pointer program-counter
//
// https://docs.kernel.org/scheduler/sched-stats.html

import { openSync, readlinkSync, readSync } from "node:fs"

/** Totals since the thread began. */
export interface ThreadTimes {
  readonly runMillis: number
  /** Time spent runnable without a processor; the wait that goes on now is added only once it ends. */
  readonly queueMillis: number
}

/** R running or runnable, S and D asleep in a call, T and t stopped; see proc_pid_stat(5). */
export type ThreadState = string

// The main thread's id is the process's. The files stay open, because they are read up to a hundred times a
// second; they belong to the monitor's thread, and Node closes them when that ends.
const readSchedstat = openFile("schedstat")
const readStat = openFile("stat")
const readSyscall = openFile("syscall")

/** Undefined where the kernel does not tell. */
export function readThreadTimes(): ThreadTimes | undefined {
  const [run = 0, queued = 0] = readSchedstat().split(" ").map(Number)
  // a kernel without scheduler statistics says zero throughout
  return run > 0 ? { runMillis: run / 1e6, queueMillis: queued / 1e6 } : undefined
}

/** A text that stays the same as long as the thread does not run at all; empty where the kernel does not tell. */
export function readThreadTrace(): string {
  const trace = readSchedstat()
  return trace.startsWith("0 ") ? "" : trace
}

/** Undefined where the kernel does not tell. */
export function readThreadState(): ThreadState | undefined {
  const stat = readStat()
  return stat === "" ? undefined : stat.charAt(stat.lastIndexOf(")") + 2)
}

/** A system call as `number argument`, with its first argument only; in hexadecimal, as the kernel writes it. */
export type SystemCall = string

/** The system call the thread is in; undefined if it runs, or the kernel does not tell. */
export function readSystemCall(): SystemCall | undefined {
  const [number = "", argument] = readSyscall().split(" ", 2)
  return argument === undefined ? undefined : `${number} ${argument}`
}

/** What the descriptor that is the call's first argument stands for, as the kernel names it; empty if it is none. */
export function readDescriptor(call: SystemCall): string {
  try {
    return readlinkSync(`/proc/self/fd/${Number(call.split(" ", 2)[1])}`)
  } catch {
    return ""
  }
}

function openFile(name: "schedstat" | "stat" | "syscall"): () => string {
  const buffer = Buffer.alloc(1024)
  try {
    const descriptor = openSync(`/proc/self/task/${process.pid}/${name}`, "r")
    return () => readText(descriptor, buffer)
  } catch {
    return () => "" // not Linux, or a /proc that is not ours to read
  }
}

// Opening such a file may be allowed, and reading it not.
function readText(descriptor: number, buffer: Buffer): string {
  try {
    return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } catch {
    return ""
  }
}
