import { Admin, type ConnectionPool, instancesChannel } from "@platformatic/kafka"
import { expect, test } from "vitest"
import { answered } from "./answered.ts"
import { clientOptions } from "./connection.ts"

test("a client that knows no broker to ask is told so, and does not end the process", async () => {
  const pools: ConnectionPool[] = []
  const onCreated = (created: unknown): void => {
    const { type, instance } = created as { type: string; instance: ConnectionPool }
    if (type === "connection-pool") pools.push(instance)
  }
  instancesChannel.subscribe(onCreated)
  const admin = answered(Admin, clientOptions({ bootstrapBrokers: ["127.0.0.1:1"] }))
  instancesChannel.unsubscribe(onCreated)
  const failure = await new Promise((resolve) => pools[0]?.get(undefined as never, resolve))
  expect(failure).toMatchObject({ code: "PLT_KFK_NETWORK" })
  await new Promise<void>((resolve) => admin.close(() => resolve()))
})
