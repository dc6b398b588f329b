import { once } from "node:events"
import { createServer } from "node:net"
import { expect, test } from "vitest"
import { startBroker } from "./nats-server.ts"

test("a broker whose port is taken while it was down says so", async () => {
  await using broker = await startBroker()
  await broker.kill()
  const thief = createServer((socket) => socket.resume()).listen(broker.port, "127.0.0.1")
  await once(thief, "listening")
  await expect(broker.restart()).rejects.toThrow(`ended (1) before it listened on port ${broker.port}`)
  thief.close()
})
