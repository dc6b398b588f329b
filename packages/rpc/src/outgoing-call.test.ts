import { expect, test } from "vitest"
import { createClient, type Interceptor, localTransport, type Metadata } from "./index.ts"
import { createShop, Shop } from "./testing/shop.ts"

test("a try within limits is the call of the interceptors further in: its time, its signal, what came with its answer", async () => {
  const answering: Interceptor = async (call, next) => {
    const result = await next()
    call.responseMetadata["left"] = Buffer.from(String(Math.ceil(call.remainingMillis / 60_000)))
    return result
  }
  const { service } = createShop({ interceptors: [answering] })
  const seen: { remainingMillis: number; signal: AbortSignal; metadata: Metadata }[] = []
  const limit: Interceptor = async (call, next) => {
    await next({ timeoutMillis: 60_000 })
    expect(text(call.responseMetadata)).toBe("1")
    return next()
  }
  const look: Interceptor = async (call, next) => {
    const { remainingMillis, signal, metadata } = call
    seen.push({ remainingMillis, signal, metadata })
    const result = await next()
    expect(text(call.responseMetadata)).toBe(seen.length === 1 ? "1" : "60")
    return result
  }
  const client = createClient(Shop, localTransport(service), {
    interceptors: [limit, look],
    timeoutMillis: 3_600_000,
  })
  expect(await client.echo({ query: "hi" })).toBe("hi")
  expect(seen[0]?.remainingMillis).toBeLessThanOrEqual(60_000)
  expect(seen[1]?.remainingMillis).toBeGreaterThan(60_000)
  expect(seen[0]?.signal).not.toBe(seen[1]?.signal)
  expect(seen[0]?.metadata).toBe(seen[1]?.metadata) // what is added to it goes with both
})

const text = ({ left }: Readonly<Metadata>): string => Buffer.from(left ?? []).toString()
