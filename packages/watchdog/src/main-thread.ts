// The monitor's line to the watched thread: an inspector session, opened for one block and closed after it.
// While it stays open Node would not exit, and would wait for "the debugger" to go.

import type { Runtime, Session } from "node:inspector"
import { type ProbeAnswer, probeExpression } from "./probe.ts"

/** An open line. Questions are answered in the order they are asked. */
export interface MainThread {
  ask: () => Question
  disconnect: () => void
}

/** The line to the main thread of this process. */
export interface OwnMainThread extends MainThread {
  /** Evaluates an expression there, and forgets it. */
  evaluate: (expression: string) => void
}

/** A question on its way; nothing is awaited, because a blocked thread may never answer. */
export interface Question {
  /** Undefined until the thread has answered; null when it could not. */
  answer: ProbeAnswer | null | undefined
}

/** Opens lines to the main thread, or says in a sentence why this process has none. */
export async function findMainThread(
  probeId: number,
  mayInspect: boolean,
): Promise<(() => OwnMainThread) | string> {
  if (!mayInspect) return "Node's permission model forbids the inspector here"
  try {
    const inspector = await import("node:inspector")
    return () => connect(new inspector.Session(), probeId)
  } catch {
    return "this Node was built without the inspector"
  }
}

function connect(session: Session, probeId: number): OwnMainThread {
  session.connectToMainThread()
  const parameters = { expression: probeExpression(probeId), returnByValue: true, silent: true }
  return {
    ask: () => {
      const question: Question = { answer: undefined }
      session.post("Runtime.evaluate", parameters, (error: Error | null, reply?: Evaluated) => {
        question.answer = error === null ? parse(reply?.result.value) : null
      })
      return question
    },
    evaluate: (expression) => {
      session.post("Runtime.evaluate", { expression, silent: true })
    },
    disconnect: () => session.disconnect(),
  }
}

type Evaluated = Runtime.EvaluateReturnType

// Not a string when the probe is gone, or when something on the thread made it throw.
function parse(value: unknown): ProbeAnswer | null {
  return typeof value === "string" ? JSON.parse(value) : null
}
