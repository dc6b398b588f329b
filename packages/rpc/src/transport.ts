// The seam between calls and what carries their bytes.

import type { Cancellation } from "./cancellation.ts"

/** Carries requests to one server and responses back. */
export interface Transport extends AsyncDisposable {
  /**
   * Sends one message and resolves to the one that answers it; the transport frames both. Rejects
   * with an `RpcError`, or with the reason when `cancellation` is cancelled first.
   */
  send(message: Uint8Array, cancellation: Cancellation): Promise<Uint8Array>
  /** Refuses further messages, lets those under way end, and releases the connections. */
  close(): Promise<void>
}
