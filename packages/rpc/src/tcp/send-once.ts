// One message and its answer, on a connection of their own: for what is not a call of a client's protocol.

import type { Cancellation } from "../cancellation.ts"
import { RpcError, reasonOf } from "../errors.ts"
import { Connection } from "./connection.ts"
import { dial, nameOf, type TcpTarget } from "./dial.ts"
import type { FrameLimits } from "./frames.ts"

const SERIAL = 1

/** Connects, sends a message that has its handshake, and resolves to the answer. */
export function sendOnce(
  target: TcpTarget,
  limits: FrameLimits,
  connectMillis: number,
  message: Uint8Array,
  cancellation: Cancellation,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const { socket, connected } = dial(target)
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
        reject(new RpcError("ERR_RPC_CONNECTION", `No answer from ${nameOf(target)}: ${reason}`, { cause }))
      },
    })
    const timer = setTimeout(() => {
      const error = `No connection to ${nameOf(target)} within ${connectMillis} ms`
      connection.destroy(new RpcError("ERR_RPC_CONNECTION", error))
    }, connectMillis)
    socket.once(connected, () => {
      clearTimeout(timer)
      connection.send(SERIAL, (writer) => writer.writeFixed(message))
    })
    cancellation.onCancel((reason) => {
      reject(reason)
      connection.destroy()
    })
  })
}
