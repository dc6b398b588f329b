// The guard: puts a proxy before each synchronous call, which marks its beginning and its end in shared memory. So
// the monitor can name a call while the thread is in it, and see the stack of the caller as soon as it returns.

import { syncBuiltinESMExports } from "node:module"
import { type CallMarks, createCallMarks, isWanted, markCall } from "./call-marks.ts"
import { findSyncCalls, type SyncCall } from "./sync-calls.ts"

interface Guard {
  readonly marks: CallMarks
  readonly remove: () => void
}

// One for the process, however many watchdogs want it.
let installed: Guard | undefined
let users = 0

/** Guards the synchronous calls until `release` has been called as often as this. */
export function guardSyncCalls(): { readonly marks: CallMarks; readonly release: () => void } {
  installed ??= install()
  users++
  return {
    marks: installed.marks,
    release: () => {
      users--
      if (users > 0) return
      installed?.remove()
      installed = undefined
    },
  }
}

function install(): Guard {
  const calls = findSyncCalls()
  const marks = createCallMarks(calls.map(({ name }) => name))
  const restorations = calls.map((call, index) => replace(call, index + 1, marks))
  syncBuiltinESMExports()
  return {
    marks,
    remove: () => {
      for (const restore of restorations) restore()
      syncBuiltinESMExports()
    },
  }
}

// A proxy, because name, length and properties (`fs.realpathSync.native`) have to stay.
function replace({ holder, property, isHeavy }: SyncCall, call: number, marks: CallMarks): () => void {
  const original: (...args: unknown[]) => unknown = Reflect.get(holder, property)
  const guarded = new Proxy(original, {
    apply: (target, self, args) => {
      if (isHeavy?.(args) === false) return Reflect.apply(target, self, args)
      const around = markCall(marks, call)
      try {
        return Reflect.apply(target, self, args)
      } finally {
        if (isWanted(marks)) letMonitorLook()
        markCall(marks, around)
      }
    },
  })
  Reflect.set(holder, property, guarded)
  return () => {
    // somebody else may have put a wrapper around ours: then ours stays, and does no more than mark
    if (Reflect.get(holder, property) === guarded) Reflect.set(holder, property, original)
  }
}

// V8 serves the monitor's question where a function begins, unless that is inlined: this one is never hot.
function letMonitorLook(): void {}
