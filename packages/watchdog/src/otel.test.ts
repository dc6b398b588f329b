import { channel } from "node:diagnostics_channel"
import { setTimeout as sleep } from "node:timers/promises"
import { metrics } from "@opentelemetry/api"
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import { afterAll, expect, test } from "vitest"
import type { Block } from "./block.ts"
import { eventLoopTelemetry } from "./otel.ts"
import { watchEventLoop } from "./watch-event-loop.ts"

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const meterProvider = new MeterProvider({ readers: [reader] })
afterAll(() => meterProvider.shutdown())

const DELAYS = ["min", "max", "mean", "stddev", "p50", "p90", "p99"].map(
  (name) => `nodejs.eventloop.delay.${name}`,
)

test("the event loop is measured by the names and the units of the convention", async () => {
  using _telemetry = eventLoopTelemetry({ meterProvider })
  await sleep(100)
  spin(300)
  await sleep(100)
  const collected = await collect()
  for (const name of DELAYS) expect(collected.get(name)?.descriptor.unit).toBe("s")
  const delay = (name: string): unknown =>
    collected.get(`nodejs.eventloop.delay.${name}`)?.dataPoints[0]?.value
  expect(delay("max")).toBeGreaterThan(0.29)
  expect(delay("max")).toBeLessThan(60)
  expect(delay("min")).toBeLessThan(0.2)
  expect(delay("p50")).toBeLessThanOrEqual(Number(delay("p99")))

  expect(collected.get("nodejs.eventloop.utilization")).toMatchObject({ descriptor: { unit: "1" } })
  const utilization = Number(collected.get("nodejs.eventloop.utilization")?.dataPoints[0]?.value)
  expect(utilization).toBeGreaterThan(0.2)
  expect(utilization).toBeLessThanOrEqual(1)
  const time = collected.get("nodejs.eventloop.time")
  expect(time).toMatchObject({
    descriptor: { unit: "s" },
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
  })
  expect(time?.dataPoints.map(({ attributes }) => attributes["nodejs.eventloop.state"])).toEqual([
    "active",
    "idle",
  ])
  expect(time?.dataPoints[0]?.value).toBeGreaterThan(0.29)
})

test("delays are those since the collection before", async () => {
  using _telemetry = eventLoopTelemetry({ meterProvider })
  await sleep(50)
  spin(1000)
  await sleep(50)
  const name = "nodejs.eventloop.delay.max"
  expect((await collect()).get(name)?.dataPoints[0]?.value).toBeGreaterThan(0.99)
  await sleep(100)
  expect((await collect()).get(name)?.dataPoints[0]?.value).toBeLessThan(0.99)
})

test("blocks are counted and timed by their cause, through the API's global provider", async () => {
  metrics.setGlobalMeterProvider(meterProvider)
  using _telemetry = eventLoopTelemetry()
  const blocks: Block[] = []
  const watchdog = watchEventLoop({ print: false, onBlock: (block) => blocks.push(block) })
  await watchdog.ready
  spin(1500)
  watchdog.close()
  const ofCpu = blocks.filter(({ cause }) => cause === "cpu")
  expect(ofCpu.length).toBeGreaterThan(0)

  const collected = await collect()
  const attributes = { "avrolet.watchdog.cause": "cpu" }
  expect(pointOf(collected.get("avrolet.watchdog.blocks"), "cpu")).toMatchObject({
    attributes,
    value: ofCpu.length,
  })
  const durations = collected.get("avrolet.watchdog.block.duration")
  expect(durations?.descriptor.unit).toBe("s")
  const sum = ofCpu.reduce((total, { millis }) => total + millis, 0) / 1000
  expect(pointOf(durations, "cpu")).toMatchObject({
    attributes,
    value: {
      count: ofCpu.length,
      sum: expect.closeTo(sum),
      buckets: { boundaries: expect.arrayContaining([0.05, 60]) },
    },
  })
})

test("after close() nothing more is recorded", async () => {
  const telemetry = eventLoopTelemetry({ meterProvider })
  telemetry.close()
  telemetry.close()
  expect(channel("avrolet:watchdog.block").hasSubscribers).toBe(false)
  const active = async (): Promise<unknown> =>
    (await collect()).get("nodejs.eventloop.time")?.dataPoints[0]?.value
  const before = await active()
  expect(before).toBeGreaterThan(0)
  spin(50)
  expect(await active()).toBe(before)
})

async function collect(): Promise<Map<string, MetricData>> {
  exporter.reset()
  await reader.forceFlush()
  const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
  expect(scopes.every(({ scope }) => scope.name === "@avrolet/watchdog")).toBe(true)
  return new Map(scopes.flatMap((scope) => scope.metrics).map((data) => [data.descriptor.name, data]))
}

const pointOf = (data: MetricData | undefined, cause: string): unknown =>
  data?.dataPoints.find(({ attributes }) => attributes["avrolet.watchdog.cause"] === cause)

function spin(millis: number): void {
  const end = Date.now() + millis
  while (Date.now() < end);
}
