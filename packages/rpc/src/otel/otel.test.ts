import { context, metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api"
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node"
import { afterAll, describe, expect, test } from "vitest"
import { httpTransport, serveHttp } from "../http/index.ts"
import { createClient, implement, localTransport, refusal, type Service, type Transport } from "../index.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { failureOf, until } from "../testing/outcome.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { recordSpans } from "../testing/spans.ts"
import { clientTelemetry, serverTelemetry } from "./index.ts"

const spans = recordSpans()
const meters = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: meters, exportIntervalMillis: 3_600_000 })
const meterProvider = new MeterProvider({ readers: [reader] })
metrics.setGlobalMeterProvider(meterProvider)
afterAll(() => meterProvider.shutdown())

const watched = { interceptors: [serverTelemetry()] }
const clientOf = (transport: Transport) =>
  createClient(Shop, transport, { interceptors: [clientTelemetry()] })

/** A shop whose `echo` asks another one. */
function createFront(behind: ReturnType<typeof clientOf>): Service {
  const refuse = (): never => {
    throw refusal("ERR_RPC_UNAVAILABLE", "not here")
  }
  return implement(
    Shop,
    {
      echo: async ({ query }) => behind.echo({ query: `${query}!` }),
      split: refuse,
      buy: refuse,
      crash: refuse,
      wait: refuse,
      log: refuse,
    },
    watched,
  )
}

const parentOf = ({ parentSpanContext }: ReadableSpan): ReadableSpan | undefined =>
  spans.getFinishedSpans().find((span) => span.spanContext().spanId === parentSpanContext?.spanId)

test("a call over HTTP whose handler calls over TCP is one trace of four spans", async () => {
  await using back = await serveTcp(createShop(watched).service, { port: 0 })
  await using toBack = tcpTransport({ port: back.port })
  await using front = await serveHttp(createFront(clientOf(toBack)), { port: 0 })
  await using toFront = httpTransport(`http://127.0.0.1:${front.port}/shop`)
  expect(await clientOf(toFront).echo({ query: "hi" })).toBe("hi!")

  const all = spans.getFinishedSpans()
  expect(new Set(all.map((span) => span.spanContext().traceId)).size).toBe(1)
  const line: ReadableSpan[] = [] // from the innermost outwards
  for (let span = all[0]; span !== undefined; span = parentOf(span)) line.push(span)
  expect(line.map(({ kind }) => kind)).toEqual([
    SpanKind.SERVER,
    SpanKind.CLIENT,
    SpanKind.SERVER,
    SpanKind.CLIENT,
  ])
  const common = {
    "rpc.system.name": "avro",
    "rpc.method": "test.Shop/echo",
    "rpc.response.status_code": "OK",
  }
  const client = { "client.address": "127.0.0.1", "client.port": expect.any(Number) }
  expect(line.map(({ attributes }) => attributes)).toEqual([
    { ...common, ...client },
    { ...common, "server.address": "127.0.0.1", "server.port": back.port },
    { ...common, ...client },
    { ...common, "server.address": "127.0.0.1", "server.port": front.port },
  ])
  for (const { name, status } of line) {
    expect(name).toBe("test.Shop/echo")
    expect(status.code).toBe(SpanStatusCode.UNSET)
  }
})

test("a call within a span of the program's own is its child", async () => {
  const client = clientOf(localTransport(createShop(watched).service))
  const own = trace.getTracer("test").startSpan("own")
  await context.with(trace.setSpan(context.active(), own), () => client.echo({ query: "" }))
  const [server, call] = spans.getFinishedSpans()
  expect(call?.parentSpanContext?.spanId).toBe(own.spanContext().spanId)
  expect(server?.spanContext().traceId).toBe(own.spanContext().traceId)
})

describe("what went wrong", () => {
  const { ERROR, UNSET } = SpanStatusCode
  test.for<{
    what: string
    call: (client: ReturnType<typeof clientOf>) => Promise<unknown>
    client: string
    server?: { code: string; status: SpanStatusCode }
  }>([
    {
      what: "a declared error is an error of the call, and none of the server",
      call: (client) => client.buy({ item: "unicorn" }),
      client: "ERR_RPC_DECLARED",
      server: { code: "ERR_RPC_DECLARED", status: UNSET },
    },
    {
      what: "a fault of the handler is one on both sides",
      call: (client) => client.crash(),
      client: "ERR_RPC_REMOTE",
      server: { code: "ERR_RPC_REMOTE", status: ERROR },
    },
    {
      what: "parameters that do not fit reach no server",
      call: (client) => client.echo({ query: 1 as never }),
      client: "ERR_AVRO_VALUE",
    },
    {
      what: "a time that is over",
      call: (client) => client.wait({}, { timeoutMillis: 30 }),
      client: "ERR_RPC_TIMEOUT",
    },
    {
      what: "a signal that aborts",
      call: (client) => client.wait({}, { signal: AbortSignal.timeout(30) }),
      client: "ABORTED",
    },
  ])("$what", async ({ call, client: code, server }) => {
    await using tcpServer = await serveTcp(createShop(watched).service, { port: 0 })
    await using transport = tcpTransport({ port: tcpServer.port })
    await failureOf(call(clientOf(transport)))
    const find = (wanted: SpanKind) => spans.getFinishedSpans().find(({ kind }) => kind === wanted)
    await until(() => find(SpanKind.CLIENT) !== undefined) // a caller that gave up is told before it ends
    const client = find(SpanKind.CLIENT)
    expect(client).toMatchObject({
      status: { code: ERROR, message: expect.stringMatching(/./) },
      attributes: { "rpc.response.status_code": code, "error.type": code },
    })
    if (server === undefined) return
    const served = find(SpanKind.SERVER)
    expect(served).toMatchObject({
      status: { code: server.status },
      attributes: { "rpc.response.status_code": server.code },
    })
    expect("error.type" in (served?.attributes ?? {})).toBe(server.status === ERROR)
  })
})

test("times are recorded on both sides, in seconds, by method and outcome", async () => {
  const client = clientOf(localTransport(createShop(watched).service))
  for (let call = 0; call < 3; call++) await client.split({ query: "a b" })
  await failureOf(client.buy({ item: "unicorn" }))
  await reader.forceFlush()
  const recorded = meters.getMetrics().at(-1)?.scopeMetrics[0]?.metrics as HistogramMetricData[]
  for (const side of ["client", "server"]) {
    const metric = recorded.find(({ descriptor }) => descriptor.name === `rpc.${side}.call.duration`)
    expect(metric?.descriptor.unit).toBe("s")
    const of = (method: string) =>
      metric?.dataPoints.find(({ attributes }) => attributes["rpc.method"] === method)
    const split = of("test.Shop/split")
    expect(split?.attributes).toEqual({
      "rpc.system.name": "avro",
      "rpc.method": "test.Shop/split",
      "rpc.response.status_code": "OK",
    })
    expect(split?.value.count).toBe(3)
    expect(split?.value.sum).toBeGreaterThan(0)
    expect(split?.value.max).toBeLessThan(20) // seconds, not milliseconds
    expect(split?.value.buckets.boundaries).toContain(0.005)
    const point = metric?.dataPoints.find(
      ({ attributes }) => attributes["rpc.response.status_code"] === "ERR_RPC_DECLARED",
    )
    expect(point?.value.count).toBeGreaterThan(0)
  }
})
