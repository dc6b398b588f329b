// The main thread of another process, as a monitor here sees it: asked again and again over one line, for as long
// as that is open. Each answer that shows a turn of its loop is a beat.

import { setTimeout as sleep } from "node:timers/promises"
import { beat, type Heartbeat, lastBeat } from "../heartbeat.ts"
import type { Question, WatchedThread } from "../watched-thread.ts"
import type { Line } from "./line.ts"
import type { Look } from "./lookout.ts"
import { LOOK_EXPRESSION } from "./script.ts"

export interface RemoteThread extends WatchedThread {
  /** Resolves when the thread is asked no more: the line is cut, or the lookout is gone. */
  readonly ended: Promise<void>
}

/** Asks the thread every `intervalMillis`, or as fast as it answers; beats when its loop has turned. */
export function followThread(line: Line, heartbeat: Heartbeat, intervalMillis: number): RemoteThread {
  const waiting = new Set<Question>()
  let beats = -1

  const askOnce = async (): Promise<boolean> => {
    const text = await line.evaluate(LOOK_EXPRESSION)
    const look: Look | undefined = text === undefined ? undefined : JSON.parse(text)
    if (look !== undefined && look.beats !== beats) {
      beats = look.beats
      beat(heartbeat)
    }
    // also those asked in the meantime: a native call answers once, as it returns
    for (const question of waiting) {
      waiting.delete(question)
      question.answer = look ? { beat: String(lastBeat(heartbeat)), frames: look.frames } : null
    }
    return look !== undefined
  }
  const askOn = async (): Promise<void> => {
    while (await askOnce()) await sleep(intervalMillis)
  }
  return {
    ended: askOn(),
    ask: () => {
      const question: Question = { answer: undefined, isUnderway: false }
      waiting.add(question)
      return question
    },
    disconnect: () => waiting.clear(),
  }
}
