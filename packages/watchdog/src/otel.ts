// OpenTelemetry: metrics of the event loop, by the names of its conventions for Node.js (1.45, in development), and of
// what has blocked it.
//
//   nodejs.eventloop.delay.{min,max,mean,stddev,p50,p90,p99}   seconds, since the collection before
//   nodejs.eventloop.utilization                               0 to 1, since the collection before
//   nodejs.eventloop.time                                      seconds, by nodejs.eventloop.state: active, idle
//   avrolet.watchdog.blocks                                    how many, by avrolet.watchdog.cause
//   avrolet.watchdog.block.duration                            seconds, by avrolet.watchdog.cause
//
// https://opentelemetry.io/docs/specs/semconv/runtime/nodejs-metrics/

import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { type IntervalHistogram, monitorEventLoopDelay, performance } from "node:perf_hooks"
import {
  type BatchObservableCallback,
  type BatchObservableResult,
  type Meter,
  type MeterProvider,
  metrics,
} from "@opentelemetry/api"
import type { Block } from "./block.ts"

/** Options of `eventLoopTelemetry`. */
export interface EventLoopTelemetryOptions {
  /** Where the metrics go. Default: what is registered globally. */
  readonly meterProvider?: MeterProvider
}

/** Metrics that are being recorded. */
export interface EventLoopTelemetry {
  /** Records no more. May be called again. */
  close: () => void
  /** The same, for `using`. */
  [Symbol.dispose]: () => void
}

const NAME = "@avrolet/watchdog"
const BLOCK_CHANNEL = "avrolet:watchdog.block"
/** The loop is woken so often to be measured; OpenTelemetry's own instrumentation does the same. */
const RESOLUTION_MILLIS = 10
/** In seconds. */
const BOUNDARIES = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/**
 * Records metrics of the calling thread's event loop, and of the blocks that its watchdogs tell of: each watchdog
 * counts, so have one. Delays are as `monitorEventLoopDelay` measures them, every 10 ms, which wakes an idle loop.
 *
 * One collecting reader is assumed, as by OpenTelemetry's own instrumentation: what is told since the collection before
 * begins anew with each.
 */
export function eventLoopTelemetry({
  meterProvider = metrics.getMeterProvider(),
}: EventLoopTelemetryOptions = {}): EventLoopTelemetry {
  const meter = meterProvider.getMeter(NAME)
  const stopDelays = observeDelays(meter)
  const stopUtilization = observeUtilization(meter)
  const stopBlocks = countBlocks(meter)
  const close = (): void => {
    stopDelays()
    stopUtilization()
    stopBlocks()
  }
  return { close, [Symbol.dispose]: close }
}

const DELAYS: readonly [string, string, (delays: IntervalHistogram) => number][] = [
  ["min", "Event loop minimum delay.", ({ min }) => min],
  ["max", "Event loop maximum delay.", ({ max }) => max],
  ["mean", "Event loop mean delay.", ({ mean }) => mean],
  ["stddev", "Event loop standard deviation delay.", ({ stddev }) => stddev],
  ["p50", "Event loop 50 percentile delay.", (delays) => delays.percentile(50)],
  ["p90", "Event loop 90 percentile delay.", (delays) => delays.percentile(90)],
  ["p99", "Event loop 99 percentile delay.", (delays) => delays.percentile(99)],
]

function observeDelays(meter: Meter): () => void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS })
  const gauges = DELAYS.map(([name, description, read]) => ({
    gauge: meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, { unit: "s", description }),
    read,
  }))
  const observe = (result: BatchObservableResult): void => {
    if (delays.count === 0) return
    for (const { gauge, read } of gauges) result.observe(gauge, read(delays) / 1e9)
    delays.reset()
  }
  delays.enable()
  const stop = observing(
    meter,
    observe,
    gauges.map(({ gauge }) => gauge),
  )
  return () => {
    delays.disable()
    stop()
  }
}

function observeUtilization(meter: Meter): () => void {
  const ratio = meter.createObservableGauge("nodejs.eventloop.utilization", {
    unit: "1",
    description: "Event loop utilization.",
  })
  const time = meter.createObservableCounter("nodejs.eventloop.time", {
    unit: "s",
    description: "Cumulative duration of time the event loop has been in each state.",
  })
  let last = performance.eventLoopUtilization()
  const observe = (result: BatchObservableResult): void => {
    const now = performance.eventLoopUtilization()
    result.observe(ratio, performance.eventLoopUtilization(now, last).utilization)
    result.observe(time, now.active / 1000, { "nodejs.eventloop.state": "active" })
    result.observe(time, now.idle / 1000, { "nodejs.eventloop.state": "idle" })
    last = now
  }
  return observing(meter, observe, [ratio, time])
}

type Observables = Parameters<Meter["addBatchObservableCallback"]>[1]

function observing(meter: Meter, observe: BatchObservableCallback, observables: Observables): () => void {
  meter.addBatchObservableCallback(observe, observables)
  return () => meter.removeBatchObservableCallback(observe, observables)
}

function countBlocks(meter: Meter): () => void {
  const blocks = meter.createCounter("avrolet.watchdog.blocks", {
    unit: "{block}",
    description: "How often the event loop was blocked.",
  })
  const seconds = meter.createHistogram("avrolet.watchdog.block.duration", {
    unit: "s",
    description: "How long the event loop was blocked.",
    advice: { explicitBucketBoundaries: BOUNDARIES },
  })
  const count = (published: unknown): void => {
    const { cause, millis } = published as Block
    const attributes = { "avrolet.watchdog.cause": cause }
    blocks.add(1, attributes)
    seconds.record(millis / 1000, attributes)
  }
  subscribe(BLOCK_CHANNEL, count)
  return () => void unsubscribe(BLOCK_CHANNEL, count)
}
