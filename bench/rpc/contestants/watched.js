// @ts-check
// Who watches the calls of a process, by the second word of a contestant's variant.

import { metrics } from "@opentelemetry/api"
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node"
import { moduleOf } from "../builds.js"

/** How long spans are kept: what is measured is how they are made, and not how memory fills. */
const KEEP_MILLIS = 50

/**
 * Has somebody watch, and gives the interceptors that that takes.
 * @param {"client" | "server"} side
 * @param {string | undefined} watched
 * @param {string} builds
 * @returns {Promise<import("@avrolet/rpc").Interceptor[]>}
 */
export async function watch(side, watched, builds) {
  if (watched === "stats") {
    /** @type {typeof import("@avrolet/rpc")} */
    const { watchCalls } = await import(moduleOf(builds, "rpc/dist/index.js"))
    watchCalls()
  }
  if (watched !== "otel-noop" && watched !== "otel-memory") return []
  if (watched === "otel-memory") registerSdk()
  /** @type {typeof import("@avrolet/rpc/otel")} */
  const { clientTelemetry, serverTelemetry } = await import(moduleOf(builds, "rpc/dist/otel/index.js"))
  return [side === "client" ? clientTelemetry() : serverTelemetry()]
}

function registerSdk() {
  const spans = new InMemorySpanExporter()
  setInterval(() => spans.reset(), KEEP_MILLIS).unref()
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).register()
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  metrics.setGlobalMeterProvider(
    new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] }),
  )
}
