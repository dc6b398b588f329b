// The seam between calls and what carries their bytes.

import type { Protocol } from "@avrolet/avro"
import type { Reader, Writer } from "@avrolet/avro/binary"
import type { Cancellation } from "./cancellation.ts"

/** Carries requests to one server and responses back. */
export interface Transport extends AsyncDisposable {
  /** Where it carries calls to, for whoever watches them. */
  readonly peer?: string
  /**
   * Sends one message and resolves to the one that answers it; the transport frames both. Rejects
   * with an `RpcError`, or with the reason when `cancellation` is cancelled first.
   */
  send(message: Uint8Array, cancellation: Cancellation): Promise<Uint8Array>
  /**
   * Only where the server remembers for a whole connection who is calling: the calls of clients with
   * this protocol, whose messages are then without a handshake. Connects when it is first called on.
   */
  openSession?(client: Protocol): Session
  /** Refuses further messages, lets those under way end, and releases the connections. */
  close(options?: { readonly timeoutMillis?: number }): Promise<void>
}

/** Makes calls on connections whose handshake is done once for all of their calls. */
export interface Session {
  /** Makes a call and resolves to what was read of its response. Rejects as `send` does. */
  call(exchange: Exchange, cancellation: Cancellation): Promise<unknown>
}

/** One call: what to write, and how to read what comes back. */
export interface Exchange {
  /** Writes the request, at once. What it throws is what the call rejects with. */
  write(writer: Writer): void
  /** Says to which server it goes, where there are several: the last that is named. */
  sentTo(server: string): void
  /** Whether this server answers nothing; the call then resolves to `null` when it is sent. */
  isOneWay(server: Protocol): boolean
  /** Reads the response of a server with this protocol. What it throws is what the call rejects with. */
  read(reader: Reader, server: Protocol): unknown
}
