// Ports of this machine, for tests that start a program which listens.

import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

export { freePort } from "../../../rpc/src/testing/ports.ts"

const MAX_WAIT_MILLIS = 15_000
const TRY_MILLIS = 20

/** Resolves when somebody listens there; rejects when nobody does within 15 seconds. */
export async function listening(port: number): Promise<void> {
  const deadline = Date.now() + MAX_WAIT_MILLIS
  for (;;) {
    const socket = connect(port, "127.0.0.1")
    try {
      await once(socket, "connect")
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(TRY_MILLIS)
    } finally {
      socket.destroy()
    }
  }
}
