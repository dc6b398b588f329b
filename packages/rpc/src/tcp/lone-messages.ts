// Messages that have a connection of their own for themselves and the answer: what is not a call of a client's protocol.

import { type Cancellation, type CancellationSource, createCancellation } from "../cancellation.ts"
import { RpcError, reasonOf } from "../errors.ts"
import { Connection } from "./connection.ts"
import { dial, nameOf, type TcpTarget } from "./dial.ts"
import type { FrameLimits } from "./frames.ts"
import { brokenOffError, type SessionSettings } from "./session.ts"

const SERIAL = 1

/** The messages of one transport. */
export class LoneMessages {
  readonly #settings: SessionSettings
  readonly #underWay = new Map<CancellationSource, Promise<Uint8Array>>()

  constructor(settings: SessionSettings) {
    this.#settings = settings
  }

  /** Connects, sends a message that has its handshake, and resolves to the answer. */
  async send(message: Uint8Array, cancellation: Cancellation): Promise<Uint8Array> {
    const { target, limits, connectMillis } = this.#settings
    const own = createCancellation(cancellation.endsAtMillis)
    const cancel = (reason: unknown): void => own.cancel(reason)
    cancellation.onCancel(cancel)
    const answer = sendOnce(target, limits, connectMillis, message, own)
    this.#underWay.set(own, answer)
    try {
      return await answer
    } finally {
      this.#underWay.delete(own)
      cancellation.offCancel(cancel)
    }
  }

  /** Waits for the answers; those that are missing after this long are not waited for. */
  async close(timeoutMillis: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const own of this.#underWay.keys()) own.cancel(brokenOffError())
    }, timeoutMillis)
    await Promise.allSettled(this.#underWay.values())
    clearTimeout(timer)
  }
}

function sendOnce(
  target: TcpTarget,
  limits: FrameLimits,
  connectMillis: number,
  message: Uint8Array,
  cancellation: Cancellation,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const { socket, connected } = dial(target)
    let mayHaveBeenServed = false
    const connection = new Connection(socket, limits, {
      onMessage(serial, answer) {
        if (serial !== SERIAL)
          throw new RpcError("ERR_RPC_SERIAL", `The server answered call ${serial}, not ${SERIAL}`)
        resolve(answer)
        connection.close()
      },
      onClose(cause) {
        clearTimeout(timer)
        if (cause instanceof RpcError) return reject(cause)
        const reason = cause === undefined ? "it ended the connection" : reasonOf(cause)
        const error = `No answer from ${nameOf(target)}: ${reason}`
        reject(new RpcError("ERR_RPC_CONNECTION", error, { cause, mayHaveBeenServed }))
      },
    })
    const timer = setTimeout(() => {
      const error = `No connection to ${nameOf(target)} within ${connectMillis} ms`
      connection.destroy(new RpcError("ERR_RPC_CONNECTION", error, { mayHaveBeenServed }))
    }, connectMillis)
    socket.once(connected, () => {
      clearTimeout(timer)
      mayHaveBeenServed = true
      connection.send(SERIAL, (writer) => writer.writeFixed(message))
    })
    cancellation.onCancel((reason) => {
      reject(reason)
      connection.destroy()
    })
  })
}
