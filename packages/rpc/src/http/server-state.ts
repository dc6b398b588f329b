// What a server of ours and the handler on it tell each other.

import type { Duplex } from "node:stream"
import type { Admission } from "../net/admission.ts"
import { ServedConnections } from "./served-connections.ts"

/** The state of one server. */
export class ServerState {
  readonly admission: Admission
  readonly connections = new ServedConnections()
  /** Whether connections are to end with the response that is on its way. */
  isClosing = false
  /** Whether the server hangs up on its clients, and not they. */
  isBrokenOff = false
  readonly #givenUp = new WeakSet<Duplex>()

  constructor(admission: Admission) {
    this.admission = admission
  }

  /** Remembers that it was published why the server ended a connection. */
  giveUp(socket: Duplex): void {
    this.#givenUp.add(socket)
  }

  isGivenUp(socket: Duplex): boolean {
    return this.#givenUp.has(socket)
  }
}
