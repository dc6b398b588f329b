// What is printed with `console`, as events too.

import { format } from "node:util"
import type { Recorder } from "../recorder.ts"
import { Log, loggedError, plainLog } from "./log.ts"
import { quietly } from "./quietly.ts"

const SEVERITIES = { trace: 10, debug: 20, log: 30, info: 30, warn: 40, error: 50 } as const

/**
 * Records what is printed with `console.log`, `info`, `warn`, `error`, `debug` and `trace`, as `Log` events, with the
 * first error that is printed; it is printed as before. Until it is disposed.
 */
export function captureConsole(recorder: Pick<Recorder, "record">): Disposable {
  const attempt = quietly()
  const restores = Object.entries(SEVERITIES).map(([name, severity]) => {
    const method = name as keyof typeof SEVERITIES
    const print = console[method]
    const capture = (...values: unknown[]): void => {
      attempt(() => {
        const thrown = values.find((value) => value instanceof Error)
        const error = thrown === undefined ? null : loggedError(thrown)
        recorder.record(Log, { ...plainLog(format(...values), severity), logger: "console", error })
      })
      print.apply(console, values)
    }
    console[method] = capture
    return () => {
      if (console[method] === capture) console[method] = print
    }
  })
  return {
    [Symbol.dispose]() {
      for (const restore of restores) restore()
    },
  }
}
