// Asks a stranger what it serves: a server that does not know the client answers the handshake with
// its own protocol, so that nothing has to be installed to be discoverable.

import { type Protocol, protocol } from "@avrolet/avro"
import { bytesOf, createReader } from "@avrolet/avro/binary"
import { writePing } from "./call.ts"
import { type CallLimits, withDeadline } from "./deadline.ts"
import { RpcError } from "./errors.ts"
import { offerHandshake, readHandshakeAnswer } from "./handshake.ts"
import { createServersSeen } from "./protocols-seen.ts"
import type { Transport } from "./transport.ts"

const Stranger = protocol({ protocol: "Stranger", messages: {} }) as unknown as Protocol

/**
 * Learns the protocol of the server at the other end. Calls none of its messages. Rejects with `ERR_RPC_HANDSHAKE`
 * where the server does not tell it, or it has more than 1 Mi characters, and with what the transport rejects with.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#handshake
 */
export async function discover(transport: Transport, options: CallLimits = {}): Promise<Protocol> {
  const nobody = { hash: new Uint8Array(16), protocol: Stranger }
  const message = bytesOf((writer) => {
    offerHandshake(writer, Stranger, nobody, false)
    writePing(writer) // should the server know us after all
  })
  const response = await withDeadline(options, (cancellation) => transport.send(message, cancellation))
  const { server } = readHandshakeAnswer(createReader(response), nobody, createServersSeen(Stranger))
  if (server.protocol === Stranger)
    throw new RpcError("ERR_RPC_HANDSHAKE", "The server did not tell its protocol")
  return server.protocol
}
