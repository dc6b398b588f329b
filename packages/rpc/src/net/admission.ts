// Whether a server takes a call: what it cannot serve in time it refuses at once, rather than late. A call
// that is refused has cost little, and its client may try elsewhere.

import type { RpcError } from "../errors.ts"
import type { Service } from "../implement.ts"
import { refusal } from "../refusal.ts"
import { LoopLateness } from "./loop-lateness.ts"

/** How much a server takes on. */
export interface AdmissionOptions {
  /** How many calls are served at a time, of all connections; one more is refused. Default 10,000. */
  readonly maxCallsInFlight?: number
  /**
   * Calls are refused while the event loop is later than this. Default: none are. Off, because what is late
   * is for you to say: a batch of calls that together take a second is no overload, unless somebody waits.
   * Where clients wait for at most a second, 200 is a good start.
   */
  readonly maxLatenessMillis?: number | undefined
}

/** How long the client of a call that is refused should wait. */
const RETRY_AFTER_MILLIS = 1000

/** Counts the calls of a server. */
export class Admission {
  readonly #maxCallsInFlight: number
  readonly #lateness: LoopLateness | undefined
  #callsInFlight = 0
  #isClosing = false

  constructor({ maxCallsInFlight = 10_000, maxLatenessMillis }: AdmissionOptions) {
    this.#maxCallsInFlight = maxCallsInFlight
    this.#lateness = maxLatenessMillis === undefined ? undefined : new LoopLateness(maxLatenessMillis)
  }

  /** Lets a call in, which is to `leave`, or says why not. */
  enter(): RpcError | undefined {
    if (this.#isClosing) return closingRefusal()
    const reason = this.#reasonToRefuse()
    if (reason !== undefined)
      return refusal("ERR_RPC_OVERLOADED", reason, { retryAfterMillis: RETRY_AFTER_MILLIS })
    this.#callsInFlight++
    return undefined
  }

  leave(): void {
    this.#callsInFlight--
  }

  /** From now on refuses every call. */
  close(): void {
    this.#isClosing = true
    this.#lateness?.stop()
  }

  #reasonToRefuse(): string | undefined {
    if (this.#callsInFlight >= this.#maxCallsInFlight)
      return `The server has ${this.#maxCallsInFlight} calls in flight already`
    if (this.#lateness?.isLate === true) return `The server's event loop is late`
    return undefined
  }
}

/** Why a server that closes takes no call. */
export const closingRefusal = (): RpcError => refusal("ERR_RPC_OVERLOADED", "The server is closing")

/** The service where this call is refused: it reads the call, and answers why. */
export function refusing(service: Service, error: RpcError): Service {
  const refuse = (): never => {
    throw error
  }
  const handlers = Object.keys(service.protocol.messages).map((name) => [name, refuse] as const)
  return { ...service, "~handlers": new Map(handlers), "~interceptors": [] }
}
