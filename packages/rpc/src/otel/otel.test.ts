import type { Protocol } from "@avrolet/avro"
import { bytesOf } from "@avrolet/avro/binary"
import { context, metrics, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api"
import {
  AggregationTemporality,
  type HistogramMetricData,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics"
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node"
import { afterAll, beforeEach, describe, expect, test } from "vitest"
import { neverCancelled } from "../cancellation.ts"
import { offerHandshake } from "../handshake.ts"
import { httpTransport, serveHttp } from "../http/index.ts"
import {
  createClient,
  implement,
  localTransport,
  type Metadata,
  type RefusedEvent,
  refusal,
  type Service,
  type Transport,
} from "../index.ts"
import { respond } from "../respond.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { failureOf, published, until } from "../testing/outcome.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { clientTelemetry, serverTelemetry } from "./index.ts"

const spans = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
provider.register() // with W3C's propagators, and contexts that follow promises
const meters = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: meters, exportIntervalMillis: 3_600_000 })
const meterProvider = new MeterProvider({ readers: [reader] })
metrics.setGlobalMeterProvider(meterProvider)
beforeEach(() => spans.reset())
afterAll(async () => {
  await Promise.all([provider.shutdown(), meterProvider.shutdown()])
})

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

describe("a trace that a stranger sends", () => {
  const send = async (metadata: Metadata) => {
    await using server = await serveTcp(createShop(watched).service, { port: 0 })
    await using transport = tcpTransport({ port: server.port })
    expect(await createClient(Shop, transport).echo({ query: "served" }, { metadata })).toBe("served")
    const [span] = spans.getFinishedSpans()
    return span as ReadableSpan
  }
  const traceparent = Buffer.from("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

  test("is gone on with", async () => {
    const span = await send({ traceparent, tracestate: Buffer.from("vendor=value") })
    expect(span.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c")
    expect(span.parentSpanContext?.spanId).toBe("b7ad6b7169203331")
    expect(span.spanContext().traceState?.get("vendor")).toBe("value")
  })

  test.for<[string, Uint8Array]>([
    ["of no bytes", Buffer.alloc(0)],
    ["of zeros", Buffer.from("00-00000000000000000000000000000000-0000000000000000-01")],
    ["of random bytes", Buffer.from("f83bd1e0d0a7a3c19f3e", "hex")],
    ["of another version, cut short", Buffer.from("ff-0af7651916cd43dd")],
    ["with more behind it", Buffer.concat([traceparent, Buffer.alloc(8000, "-00")])],
    ["of nearly all the bytes that metadata may have", Buffer.alloc(65_000, "00-0af7651916cd43dd8448")],
    ["in UTF-16", Buffer.from(traceparent.toString(), "utf16le")],
  ])("that is garbage, %s, is none: the call is served, in a new one", async ([, bytes]) => {
    const span = await send({ traceparent: bytes })
    expect(span.parentSpanContext).toBeUndefined()
    expect(span.spanContext().traceId).not.toBe("0af7651916cd43dd8448eb211c80319c")
  })

  test("with a tracestate of 60 kB is gone on with, without that", async () => {
    const span = await send({ traceparent, tracestate: Buffer.alloc(60_000, "a=b,") })
    expect(span.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c")
    expect(span.spanContext().traceState).toBeUndefined()
  })

  test("of a megabyte is refused by the limits of metadata, at the client, and at the server before it is read", async () => {
    const shop = createShop(watched)
    const megabyte = { traceparent: Buffer.alloc(1024 * 1024, "0") }
    const client = createClient(Shop, localTransport(shop.service))
    const error = await failureOf(client.echo({ query: "" }, { metadata: megabyte }))
    expect(error).toMatchObject({ code: "ERR_RPC_METADATA" })

    const refused = await published<RefusedEvent>("avrolet:rpc.refused", async () => {
      const answer = await respond(shop.service, callWith(megabyte), neverCancelled())
      expect(Buffer.from(answer).toString("latin1")).toContain("ERR_RPC_METADATA")
    })
    expect(refused).toMatchObject([{ code: "ERR_RPC_METADATA" }])
    expect(spans.getFinishedSpans()).toEqual([])
    expect(await client.echo({ query: "go on" })).toBe("go on")
  })
})

/** What a client would send that knows no limits. */
function callWith({ traceparent }: { readonly traceparent: Uint8Array }): Uint8Array {
  return bytesOf((writer) => {
    const shop = Shop as unknown as Protocol
    offerHandshake(writer, shop, { hash: shop.hash, protocol: shop }, false)
    writer.writeInt(1)
    writer.writeString("traceparent")
    writer.writeBytes(traceparent)
    writer.writeInt(0)
    writer.writeString("echo")
    writer.writeString("hi")
  })
}

test("baggage that is too large stays at home, and the call is made", async () => {
  const shop = createShop(watched)
  const baggage = propagation.createBaggage({ cargo: { value: "x".repeat(4000) } })
  const client = clientOf(localTransport(shop.service))
  const sent = (value: string): Promise<string> =>
    context.with(
      propagation.setBaggage(
        context.active(),
        Array.from({ length: 5 }, (_, index) => `${value}${index}`).reduce(
          (all, key) => all.setEntry(key, { value: "x".repeat(4000) }),
          baggage,
        ),
      ),
      () => client.echo({ query: value }),
    )
  expect(await sent("heavy")).toBe("heavy")
  const keys = Object.keys(shop.contexts[0]?.metadata ?? {})
  expect(keys).toContain("traceparent")
  for (const value of Object.values(shop.contexts[0]?.metadata ?? {}))
    expect(value.length).toBeLessThanOrEqual(8192)
})

test("metadata of the caller's own goes along, and a trace in it that is another's gives way", async () => {
  const shop = createShop(watched)
  const metadata = { token: Buffer.from("secret"), traceparent: Buffer.from("00-another") }
  await clientOf(localTransport(shop.service)).echo({ query: "" }, { metadata })
  const received = shop.contexts[0]?.metadata
  expect(Buffer.from(received?.["token"] ?? []).toString()).toBe("secret")
  expect(Buffer.from(received?.["traceparent"] ?? []).toString()).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
  expect(metadata.traceparent.toString()).toBe("00-another") // the caller's object is left alone
})
