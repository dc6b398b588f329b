// The trace of a call, as it goes along in its metadata, and as strangers may send it.

import type { Protocol } from "@avrolet/avro"
import { bytesOf } from "@avrolet/avro/binary"
import { context, propagation } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node"
import { describe, expect, test } from "vitest"
import { neverCancelled } from "../cancellation.ts"
import { offerHandshake } from "../handshake.ts"
import { createClient, localTransport, type Metadata, type RefusedEvent, type Transport } from "../index.ts"
import { respond } from "../respond.ts"
import { serveTcp, tcpTransport } from "../tcp/index.ts"
import { failureOf, published } from "../testing/outcome.ts"
import { createShop, Shop } from "../testing/shop.ts"
import { recordSpans } from "../testing/spans.ts"
import { clientTelemetry, serverTelemetry } from "./index.ts"

const spans = recordSpans()

const watched = { interceptors: [serverTelemetry()] }
const clientOf = (transport: Transport) =>
  createClient(Shop, transport, { interceptors: [clientTelemetry()] })

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
