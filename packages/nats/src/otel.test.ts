import { createClient, implement, refusal, type Service, type Transport } from "@avrolet/rpc"
import { httpTransport, serveHttp } from "@avrolet/rpc/http"
import { clientTelemetry, serverTelemetry } from "@avrolet/rpc/otel"
import { serveTcp, tcpTransport } from "@avrolet/rpc/tcp"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node"
import { expect, test } from "vitest"
import { createShop, Shop } from "../../rpc/src/testing/shop.ts"
import { recordSpans } from "../../rpc/src/testing/spans.ts"
import { startBroker } from "./testing/nats-server.ts"
import { serveOver } from "./testing/served.ts"

const spans = recordSpans()

const watched = { interceptors: [serverTelemetry()] }
const clientOf = (transport: Transport) =>
  createClient(Shop, transport, { interceptors: [clientTelemetry()] })

/** A shop whose `echo` asks another one. */
function inFrontOf(transport: Transport): Service {
  const behind = clientOf(transport)
  const refuse = (): never => {
    throw refusal("ERR_RPC_UNAVAILABLE", "not here")
  }
  const others = { split: refuse, buy: refuse, crash: refuse, wait: refuse, log: refuse }
  return implement(
    Shop,
    { ...others, echo: async ({ query }) => behind.echo({ query: `${query}!` }) },
    watched,
  )
}

test("a call over HTTP, then NATS, then TCP is one trace, however many there are at a time", async () => {
  await using broker = await startBroker()
  await using last = await serveTcp(createShop(watched).service, { port: 0 })
  await using toLast = tcpTransport({ port: last.port })
  await using middle = await serveOver(broker, inFrontOf(toLast))
  await using first = await serveHttp(inFrontOf(middle.transport), { port: 0 })
  await using toFirst = httpTransport(`http://127.0.0.1:${first.port}`)
  const client = clientOf(toFirst)
  const queries = Array.from({ length: 20 }, (_, index) => `query ${index}`)
  expect(await Promise.all(queries.map(async (query) => client.echo({ query })))).toEqual(
    queries.map((query) => `${query}!!`),
  )

  const traces = byTrace(spans.getFinishedSpans())
  expect(traces.size).toBe(queries.length)
  for (const trace of traces.values()) {
    expect(trace).toHaveLength(6)
    const roots = trace.filter(({ parentSpanContext }) => parentSpanContext === undefined)
    expect(roots).toHaveLength(1)
    const line = [] // from the first call inwards
    for (let span = roots[0]; span !== undefined; span = childOf(span, trace)) line.push(span)
    expect(line.map(({ attributes }) => attributes["server.address"] ?? "served")).toEqual([
      "127.0.0.1",
      "served",
      `nats:${middle.subject}`,
      "served",
      "127.0.0.1",
      "served",
    ])
  }
})

const traceOf = (span: ReadableSpan): string => span.spanContext().traceId

function byTrace(all: readonly ReadableSpan[]): Map<string, ReadableSpan[]> {
  const traces = new Map<string, ReadableSpan[]>()
  for (const span of all) traces.set(traceOf(span), [...(traces.get(traceOf(span)) ?? []), span])
  return traces
}

const childOf = (parent: ReadableSpan, trace: readonly ReadableSpan[]): ReadableSpan | undefined =>
  trace.find(({ parentSpanContext }) => parentSpanContext?.spanId === parent.spanContext().spanId)
