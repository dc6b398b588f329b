// What the Linux kernel says about the watched thread. Best effort: elsewhere, and where /proc is restricted,
// there is nothing, and the watchdog judges by the clock alone.
//
//   /proc/self/task/<tid>/schedstat   run-nanos queue-nanos slices
//   /proc/self/task/<tid>/stat        tid (name) state …      the name may hold spaces and parentheses
//
// https://docs.kernel.org/scheduler/sched-stats.html

import { openSync, readSync } from "node:fs"

/** Totals since the thread began. */
export interface ThreadTimes {
  readonly runMillis: number
  /** Time spent runnable without a processor; the wait that goes on now is added only once it ends. */
  readonly queueMillis: number
}

/** R running or runnable, S and D asleep in a call, T and t stopped; see proc_pid_stat(5). */
export type ThreadState = string

// The main thread's id is the process's. The files stay open, because they are read 30 times a second; they
// belong to the monitor's thread, and Node closes them when that ends.
const readSchedstat = openFile("schedstat")
const readStat = openFile("stat")

/** Undefined where the kernel does not tell. */
export function readThreadTimes(): ThreadTimes | undefined {
  const [run = 0, queued = 0] = readSchedstat().split(" ").map(Number)
  // a kernel without scheduler statistics says zero throughout
  return run > 0 ? { runMillis: run / 1e6, queueMillis: queued / 1e6 } : undefined
}

/** Undefined where the kernel does not tell. */
export function readThreadState(): ThreadState | undefined {
  const stat = readStat()
  return stat === "" ? undefined : stat.charAt(stat.lastIndexOf(")") + 2)
}

function openFile(name: "schedstat" | "stat"): () => string {
  const buffer = Buffer.alloc(1024)
  try {
    const descriptor = openSync(`/proc/self/task/${process.pid}/${name}`, "r")
    return () => buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, 0))
  } catch {
    return () => "" // not Linux, or a /proc that is not ours to read
  }
}
