// What is put into the watched process, and taken out again: one property of its `globalThis`, one native timer.
//
// Sent as text (script.ts), with probe.ts: at run time it may use nothing but that and what Node has built in.
// It may be called on top of any JavaScript whatsoever, Node's own timers in the middle of their work included, so
// it must not touch them: the beat is the native timer of a delay histogram, which counts and runs no JavaScript.

import { captureFrames, type GeneratedFrame } from "../probe.ts"

/** What one look at the process saw. */
export interface Look {
  /** When, in milliseconds on that process's own clock. */
  readonly nowMillis: number
  /** How often its loop has turned since the lookout was installed, counted once in an interval at most. */
  readonly beats: number
  /** The stack, innermost frame first; empty while nothing is late, and when the loop itself gave the answer. */
  readonly frames: readonly GeneratedFrame[]
}

/** Who has answered, and whether it may be watched. */
export interface Installed {
  readonly pid: number
  readonly version: string
  /** Absent when this Node is too old. */
  readonly lookout?: "installed" | "another is there"
  /** Whether the lookout closes the inspector as it leaves. */
  readonly closesInspector?: boolean
}

interface Lookout {
  /** A `Look` as JSON. */
  look: () => string
  /** Stops counting. */
  stop: () => void
  /** Leaves nothing behind; also closes the inspector if it was opened for this lookout, or one before it. */
  leave: () => void
  isInUse: () => boolean
  readonly openedInspector: boolean
}

/** The name, by `Symbol.for`, under which the lookout is found. */
export const LOOKOUT = "avrolet.watchdog.lookout"

/** A watcher looks many times a second: one that has not for so long was killed, and left its lookout behind. */
const ABANDONED_MILLIS = 5000

/**
 * Installs the lookout in the process that this runs in.
 * @public Called by its name, in the text that script.ts makes.
 */
export function installLookout(intervalMillis: number, openedInspector: boolean): Installed {
  const { pid, version, hrtime } = process
  // absent before Node 20.16 and 22.3
  if (!("getBuiltinModule" in process)) return { pid, version }
  const { monitorEventLoopDelay } = process.getBuiltinModule("node:perf_hooks")
  const key = Symbol.for(LOOKOUT)
  const former: Lookout | undefined = Reflect.get(globalThis, key)
  if (former?.isInUse()) return { pid, version, lookout: "another is there" }
  former?.stop()

  const beats = monitorEventLoopDelay({ resolution: intervalMillis })
  const nowMillis = (): number => Number(hrtime.bigint()) / 1e6
  const last = { millis: nowMillis(), beats: 0 }
  const look = (): string => {
    const now = nowMillis()
    const count = beats.count - last.beats
    const isLate = count === 0 || now - last.millis > intervalMillis * (count + 2)
    last.millis = now
    last.beats += count
    const frames = isLate ? captureFrames(look) : []
    return JSON.stringify({ nowMillis: now, beats: last.beats, frames } satisfies Look)
  }
  const lookout: Lookout = {
    look,
    stop: () => void beats.disable(),
    leave: () => {
      beats.disable()
      Reflect.deleteProperty(globalThis, key)
      if (lookout.openedInspector) process.getBuiltinModule("node:inspector").close()
    },
    isInUse: () => nowMillis() - last.millis < ABANDONED_MILLIS,
    openedInspector: openedInspector || former?.openedInspector === true,
  }
  Object.defineProperty(globalThis, key, { value: lookout, configurable: true }) // throws where nothing may be added
  beats.enable()
  return { pid, version, lookout: "installed", closesInspector: lookout.openedInspector }
}
