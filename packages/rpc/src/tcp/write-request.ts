// A request that a server does not read, because it is too large, ends its connection, and with it all calls that are
// on it. So a client sends none that a server of the same limit would not read.

import type { Writer } from "@avrolet/avro/binary"
import { RpcError } from "../errors.ts"
import type { Exchange } from "../transport.ts"
import { HEADER_BYTES } from "./frames.ts"

/** Writes a request. Throws `ERR_RPC_MESSAGE_SIZE` for one that is too large with its framing, and whatever `exchange` does. */
export function writeRequest(exchange: Exchange, writer: Writer, maxMessageBytes: number): void {
  const start = writer.length
  exchange.write(writer)
  if (HEADER_BYTES + writer.length - start <= maxMessageBytes) return
  throw new RpcError(
    "ERR_RPC_MESSAGE_SIZE",
    `The request is larger than ${maxMessageBytes} bytes; raise maxMessageBytes of both sides to send it`,
    { mayHaveBeenServed: false },
  )
}
