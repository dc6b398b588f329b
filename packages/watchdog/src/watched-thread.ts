// The monitor's line to the watched thread: an inspector session, opened for one block and closed after it.
// While it stays open Node would not exit, and would wait for "the debugger" to go.

import type { Runtime, Session } from "node:inspector"
import type { ProbeAnswer } from "./probe.ts"

/** An open line. Questions are answered in the order they are asked. */
export interface WatchedThread {
  ask: () => Question
  disconnect: () => void
}

/** The line to the main thread of this process. */
export interface OwnMainThread extends WatchedThread {
  /** Evaluates an expression there, and forgets it. */
  evaluate: (expression: string) => void
}

/** A question on its way; nothing is awaited, because a blocked thread may never answer. */
export interface Question {
  /** Undefined until the thread has answered; null when it could not. */
  answer: ProbeAnswer | null | undefined
  /** Whether it has not reached the thread yet, which therefore need not answer. */
  isUnderway: boolean
}

/** Opens a line to the main thread. */
export function connectToMain(session: Session, parameters: Runtime.EvaluateParameterType): OwnMainThread {
  session.connectToMainThread()
  return {
    ask: () => {
      const question: Question = { answer: undefined, isUnderway: false }
      session.post("Runtime.evaluate", parameters, (error: Error | null, reply?: Evaluated) => {
        if (error !== null && isTermination(error.message)) session.post("Runtime.terminateExecution")
        question.answer = error === null ? parseAnswer(reply?.result.value) : null
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

/**
 * Whether an evaluation failed because somebody ended what the thread does: a time limit of `node:vm`, or
 * `worker.terminate()`. V8 then ends the evaluation alone, and forgets what it was to end: that has to be ended anew,
 * or would go on for ever.
 */
export const isTermination = (message: string): boolean => message.includes("Execution was terminated")

/** Null when the value is not a string: the probe is gone, or something on the thread made it throw. */
export function parseAnswer(value: unknown): ProbeAnswer | null {
  return typeof value === "string" ? JSON.parse(value) : null
}
