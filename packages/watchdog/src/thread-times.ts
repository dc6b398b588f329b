// What the Linux kernel says about a thread of a process. Best effort: elsewhere, and where /proc is
// restricted, there is nothing, and the watchdog judges by the clock alone.
//
//   /proc/<pid>/task/<tid>/schedstat   run-nanos queue-nanos slices
//   /proc/<pid>/task/<tid>/stat        tid (name) state …      the name may hold spaces and parentheses
//   /proc/<pid>/task/<tid>/syscall     "running", or number argument … stack-pointer program-counter
//   /proc/<pid>/fd/<n>                 a link; for a descriptor that waits for events "anon_inode:[eventpoll]"
//
// https://docs.kernel.org/scheduler/sched-stats.html

import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs"

/** Totals since the thread began. */
export interface ThreadTimes {
  readonly runMillis: number
  /** Time spent runnable without a processor; the wait that goes on now is added only once it ends. */
  readonly queueMillis: number
}

/** R running or runnable, S and D asleep in a call, T and t stopped; see proc_pid_stat(5). */
export type ThreadState = string

/** A system call as `number argument`, with its first argument only; in hexadecimal, as the kernel writes it. */
export type SystemCall = string

/** A thread as the kernel sees it. */
export interface KernelView {
  /** Undefined where the kernel does not tell. */
  times: () => ThreadTimes | undefined
  /** Undefined where the kernel does not tell. */
  state: () => ThreadState | undefined
  /** A text that stays the same as long as the thread does not run at all; empty where the kernel does not tell. */
  trace: () => string
  /** The system call the thread is in; undefined if it runs, or the kernel does not tell. */
  systemCall: () => SystemCall | undefined
  close: () => void
}

/** The calling thread's id in the kernel; undefined where it does not tell. */
export function currentTid(): number | undefined {
  // <pid>/task/<tid>
  const tid = Number(readLink("/proc/thread-self").split("/").at(-1))
  return tid > 0 ? tid : undefined
}

/** Each costs some 5 µs to look at. A main thread's loop has one of the first. */
const MAX_DESCRIPTORS = 1000

/** The descriptors on which event loops of this process wait, of all threads; none where the kernel does not tell. */
export function eventPolls(): number[] {
  const descriptors = readDirectory("/proc/self/fd").map(Number)
  return descriptors
    .toSorted((a, b) => a - b)
    .slice(0, MAX_DESCRIPTORS)
    .filter((descriptor) => readLink(`/proc/self/fd/${descriptor}`) === "anon_inode:[eventpoll]")
}

/** The descriptor that is the call's first argument, if that is one. */
export const descriptorIn = (call: SystemCall): number => Number(call.split(" ", 2)[1])

/** The view of a thread of a process; of its main thread, whose id is the process's, unless another one is named. */
export function createKernelView(pid: number, tid: number = pid): KernelView {
  // The files stay open, because they are read up to a hundred times a second.
  const [schedstat, stat, syscall] = [
    openFile(pid, tid, "schedstat"),
    openFile(pid, tid, "stat"),
    openFile(pid, tid, "syscall"),
  ]
  const readTrace = (): string => {
    const trace = read(schedstat)
    return trace.startsWith("0 ") ? "" : trace // a kernel without scheduler statistics says zero throughout
  }
  return {
    times: () => {
      const trace = readTrace()
      return trace === "" ? undefined : timesIn(trace)
    },
    state: () => {
      const text = read(stat)
      return text === "" ? undefined : text.charAt(text.lastIndexOf(")") + 2)
    },
    trace: readTrace,
    systemCall: () => {
      const [number = "", argument] = read(syscall).split(" ", 2)
      return argument === undefined ? undefined : `${number} ${argument}`
    },
    close: () => {
      for (const file of [schedstat, stat, syscall]) if (file !== undefined) closeSync(file)
    },
  }
}

/** What a trace says in figures; it must not be empty. */
export function timesIn(trace: string): ThreadTimes {
  const [run = 0, queued = 0] = trace.split(" ").map(Number)
  return { runMillis: run / 1e6, queueMillis: queued / 1e6 }
}

/** Whether the thread is stopped by a signal or a tracer. */
export const isHalted = (state: ThreadState | undefined): boolean => state === "T" || state === "t"

// Not there on other systems, nor where /proc is not ours to read.
function openFile(pid: number, tid: number, name: string): number | undefined {
  try {
    return openSync(`/proc/${pid}/task/${tid}/${name}`, "r")
  } catch {
    return undefined
  }
}

const buffer = Buffer.alloc(1024)

// Opening such a file may be allowed, and reading it not; or the process has ended.
function read(file: number | undefined): string {
  if (file === undefined) return ""
  try {
    return buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0))
  } catch {
    return ""
  }
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}
