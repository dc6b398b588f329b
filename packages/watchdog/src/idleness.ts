// Whether the watched loop is idle, seen from outside it. A loop without work sits in epoll_wait on its own
// descriptor, and the kernel tells which call a thread sits in: so an idle loop need not be asked, nor woken.
// Where the kernel does not tell, no loop ever looks idle, and it is asked every time.
//
// The descriptor matters: execSync waits in epoll_wait, too, on a loop of its own. Which one is the main loop's is
// learnt from experience: a loop that answers a question at once, out of this call, was waiting for questions.

import type { KernelView, SystemCall } from "./thread-times.ts"

/** What the monitor knows of the watched loop's idleness. */
export interface Idleness {
  /** Whether the loop waits for work now. */
  isIdle: () => boolean
  /** How long the thread has not run at all, counted in looks. */
  quietLooks: () => number
  /** The call the thread sits in, if that looks like waiting for events; else undefined. */
  waitsIn: () => SystemCall | undefined
  /** Is told that a question was answered at once by a thread that sat in this call. */
  learn: (call: SystemCall) => void
}

/** One coincidence (a call that ended as the question came) must not teach anything. */
const LESSONS = 3

export function createIdleness(kernel: KernelView): Idleness {
  const lessons = new Map<SystemCall, number>()
  let waiting: SystemCall | undefined
  let idleTrace: string | undefined
  let quietLooks = 0

  const waitsIn = (): SystemCall | undefined => {
    const call = kernel.systemCall()
    if (call === undefined || call === waiting) return call
    const isEventQueue = waiting === undefined && kernel.descriptorOf(call) === "anon_inode:[eventpoll]"
    return isEventQueue ? call : undefined
  }

  return {
    isIdle: () => {
      if (waiting === undefined) return false
      const trace = kernel.trace()
      if (trace !== "" && trace === idleTrace) {
        quietLooks++
        return true // it has not run since, so it is where it was
      }
      quietLooks = 0
      idleTrace = waitsIn() === waiting ? trace : undefined
      return idleTrace !== undefined
    },
    quietLooks: () => quietLooks,
    waitsIn,
    learn: (call) => {
      if (waiting !== undefined) return
      const learnt = (lessons.get(call) ?? 0) + 1
      lessons.set(call, learnt)
      if (learnt >= LESSONS) waiting = call
    },
  }
}
