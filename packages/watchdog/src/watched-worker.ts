// The monitor's line to a worker thread. Node has none of its own: the inspector of the main thread passes messages on,
// from an interrupt like any other. So while the main thread is in a native call, no worker can be asked.
//
//   NodeWorker.enable →   ← attachedToWorker { sessionId, workerInfo }, for each worker
//   sendMessageToWorker { sessionId, message } →   ← receivedMessageFromWorker { sessionId, message }
//
// https://github.com/nodejs/node/blob/main/src/inspector/node_protocol.pdl

import type { InspectorNotification, NodeWorker, Runtime, Session } from "node:inspector"
import { isTermination, parseAnswer, type Question, type WatchedThread } from "./watched-thread.ts"

/**
 * Opens lines to the worker with this id: one for each question, since the main thread does not exit while one is open.
 * `learnName` is told the worker's name, if it was given one.
 */
export function connectToWorker(
  createSession: () => Session,
  parameters: Runtime.EvaluateParameterType,
  threadId: number,
  learnName: (name: string) => void,
): WatchedThread {
  const message = JSON.stringify({ id: 1, method: "Runtime.evaluate", params: parameters })
  let close = (): void => {}
  return {
    ask: () => {
      close()
      const question: Question = { answer: undefined, isUnderway: true }
      const session = createSession()
      const settle = (answer: Question["answer"]): void => {
        question.answer ??= answer
        close()
      }
      close = () => {
        close = () => {}
        session.disconnect()
      }
      const received = (sessionId: string, reply: Reply): void => {
        if (reply.error === undefined || !isTermination(reply.error.message)) {
          settle(parseAnswer(reply.result?.result?.value))
          return
        }
        session.post("NodeWorker.sendMessageToWorker", { sessionId, message: TERMINATE })
        question.answer ??= null // and the line stays open, or nothing would arrive
      }
      const attached = ({ params }: Attached): void => {
        const name = nameIn(params.workerInfo.title, threadId)
        if (name === undefined) return
        if (name !== "" && name !== DEFAULT_NAME) learnName(name)
        const { sessionId } = params
        session.post("NodeWorker.sendMessageToWorker", { sessionId, message }, (error) => {
          question.isUnderway = false
          if (error !== null) settle(null)
        })
      }
      session.connectToMainThread()
      session.on("NodeWorker.attachedToWorker", attached)
      session.on("NodeWorker.receivedMessageFromWorker", ({ params }) =>
        received(params.sessionId, JSON.parse(params.message)),
      )
      session.on("NodeRuntime.waitingForDisconnect", () => settle(null)) // the process is about to exit
      session.post("NodeRuntime.notifyWhenWaitingForDisconnect", { enabled: true })
      session.post("NodeWorker.enable", { waitForDebuggerOnStart: false })
      return question
    },
    disconnect: () => close(),
  }
}

type Attached = InspectorNotification<NodeWorker.AttachedToWorkerEventDataType>

/** What Node 24 calls a worker that was given no name. */
const DEFAULT_NAME = "WorkerThread"

interface Reply {
  readonly result?: { readonly result?: { readonly value?: unknown } }
  readonly error?: { readonly message: string }
}

const TERMINATE = JSON.stringify({ id: 2, method: "Runtime.terminateExecution" })

// Its title is "[worker <threadId>] <name>"; its workerId counts inspectors, and is another number.
function nameIn(title: string, threadId: number): string | undefined {
  const head = `[worker ${threadId}]`
  return title.startsWith(head) ? title.slice(head.length).trim() : undefined
}
