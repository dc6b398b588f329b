// The line to the inspector of another process: the Chrome DevTools protocol, JSON messages over a WebSocket.
//
//   { id, method, params } →     ← { id, result | error }     ← { method, params }
//
// https://chromedevtools.github.io/devtools-protocol/v8/Runtime/#method-evaluate

import { WebSocket } from "undici"
import { WatchdogError } from "../errors.ts"
import { isTermination } from "../watched-thread.ts"

/** An open line. V8 serves it even while the process is busy, on top of whatever runs there. */
export interface Line {
  /**
   * Evaluates an expression there. Undefined when it threw, is not a string, or the line was cut; never settles
   * while the process is in a native call. With `mayRequire` it may use `require`, in modules of either kind.
   */
  evaluate: (expression: string, mayRequire?: boolean) => Promise<string | undefined>
  isOpen: () => boolean
  disconnect: () => void
}

const OPENING_MILLIS = 10_000

/**
 * Opens a line.
 *
 * @throws {WatchdogError} `ERR_WATCHDOG_INSPECTOR`: nobody answers at this URL.
 */
export async function openLine(webSocketUrl: string): Promise<Line> {
  const socket = new WebSocket(webSocketUrl)
  const waiting = new Map<number, (value: string | undefined) => void>()
  let lastId = 0

  socket.addEventListener("message", ({ data }) => {
    const { id, method, result, error }: Message = JSON.parse(String(data))
    if (error !== undefined && isTermination(error.message)) void post("Runtime.terminateExecution", {})
    if (id !== undefined) {
      const value = result?.result?.value
      waiting.get(id)?.(typeof value === "string" ? value : undefined)
      waiting.delete(id)
    } else if (method === "NodeRuntime.waitingForDisconnect") {
      socket.close() // a process that ends waits for its debuggers to go
    }
  })
  socket.addEventListener("close", () => {
    for (const settle of waiting.values()) settle(undefined)
  })
  await opened(socket, webSocketUrl)

  const post = (method: string, params: object): Promise<string | undefined> =>
    new Promise((resolve) => {
      if (socket.readyState !== WebSocket.OPEN) return resolve(undefined)
      waiting.set(++lastId, resolve)
      socket.send(JSON.stringify({ id: lastId, method, params }))
    })
  void post("NodeRuntime.notifyWhenWaitingForDisconnect", { enabled: true })
  return {
    evaluate: (expression, mayRequire = false) =>
      post("Runtime.evaluate", {
        expression,
        returnByValue: true,
        silent: true,
        disableBreaks: true,
        includeCommandLineAPI: mayRequire,
      }),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    disconnect: () => socket.close(),
  }
}

/** A message from the inspector, in the parts that are asked for. */
interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: { readonly result?: { readonly value?: unknown } }
  readonly error?: { readonly message: string }
}

function opened(socket: WebSocket, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer)
      reject(new WatchdogError("ERR_WATCHDOG_INSPECTOR", `No inspector answers at ${url}`))
      socket.close()
    }
    const timer = setTimeout(fail, OPENING_MILLIS)
    socket.addEventListener("error", fail)
    socket.addEventListener("open", () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
