// Ports of this machine, for tests that start what listens there, and start it again.

import { once } from "node:events"
import { createServer } from "node:net"

/** Below the ports that the system gives to whoever asks for any: another test may be given one that is free for a moment. */
const FIRST_PORT = 10_000
const PORTS = 22_768
const MAX_TRIES = 100

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    const probe = createServer().listen(port, "127.0.0.1")
    try {
      await once(probe, "listening")
      probe.close()
      await once(probe, "close")
      return port
    } catch (error) {
      if (tries === MAX_TRIES) throw error
    }
  }
}
