// How a process is, now and then: memory, processor, and how late its event loop is.

import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import { schema } from "@avrolet/avro"
import { checkIntegers, MAX_TIMER_MILLIS } from "../check-options.ts"
import type { Recorder } from "../recorder.ts"
import { quietly } from "./quietly.ts"

const namespace = "avrolet.events"

/** How a process was in the `millis` before. */
export const ProcessVitals = schema({
  type: "record",
  name: "ProcessVitals",
  namespace,
  fields: [
    { name: "millis", type: "double", doc: "the time since the vitals before" },
    { name: "uptimeSeconds", type: "double" },
    { name: "rssBytes", type: "long" },
    { name: "heapUsedBytes", type: "long" },
    { name: "heapTotalBytes", type: "long" },
    { name: "externalBytes", type: "long" },
    { name: "userCpuMillis", type: "double", doc: "processor time of all threads, in that time" },
    { name: "systemCpuMillis", type: "double" },
    {
      name: "loopUtilization",
      type: "double",
      doc: "from 0 to 1: for how much of the time the event loop was busy",
    },
    { name: "loopDelayP50Millis", type: "double", doc: "how late timers were" },
    { name: "loopDelayP99Millis", type: "double" },
    { name: "loopDelayMaxMillis", type: "double" },
  ],
})

/** Options of `recordVitals`. */
export interface VitalsOptions {
  /** Default 10,000. */
  readonly intervalMillis?: number
}

/** A timer of the event loop's own delay fires so often: what is above that is delay. */
const RESOLUTION_MILLIS = 10

/**
 * Records `ProcessVitals` of this process at an interval, and once more when it is disposed. Keeps no process alive.
 * Throws a `TypeError` for an interval that is none.
 */
export function recordVitals(recorder: Pick<Recorder, "record">, options: VitalsOptions = {}): Disposable {
  const { intervalMillis = 10_000 } = options
  checkIntegers({ intervalMillis }, MAX_TIMER_MILLIS)
  const attempt = quietly()
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS })
  delay.enable()
  let before = { at: performance.now(), cpu: process.cpuUsage(), loop: performance.eventLoopUtilization() }

  const record = (): void => {
    const now = { at: performance.now(), cpu: process.cpuUsage(), loop: performance.eventLoopUtilization() }
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
    attempt(() =>
      recorder.record(ProcessVitals, {
        millis: now.at - before.at,
        uptimeSeconds: process.uptime(),
        rssBytes: rss,
        heapUsedBytes: heapUsed,
        heapTotalBytes: heapTotal,
        externalBytes: external,
        userCpuMillis: (now.cpu.user - before.cpu.user) / 1000,
        systemCpuMillis: (now.cpu.system - before.cpu.system) / 1000,
        loopUtilization: performance.eventLoopUtilization(now.loop, before.loop).utilization,
        loopDelayP50Millis: lateness(delay.percentile(50)),
        loopDelayP99Millis: lateness(delay.percentile(99)),
        loopDelayMaxMillis: lateness(delay.max),
      }),
    )
    delay.reset()
    before = now
  }
  const timer = setInterval(record, intervalMillis).unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      record()
      delay.disable()
    },
  }
}

/** From what is measured, in nanoseconds, to how late a timer was. With nothing measured it says 0. */
const lateness = (nanos: number): number => Math.max(0, nanos / 1e6 - RESOLUTION_MILLIS)
