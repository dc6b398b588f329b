// One call as its client sees it; the counterpart of served-call.ts.

import type { Message, Protocol } from "@avrolet/avro"
import type { Cancellation } from "./cancellation.ts"
import { remainingMillis } from "./deadline.ts"
import type { InterceptedCall } from "./interceptor.ts"
import { type Metadata, NO_METADATA } from "./metadata.ts"

/** What is sent, and what came beside the answer. */
export class OutgoingCall implements InterceptedCall {
  readonly protocol: Protocol
  readonly definition: Message
  readonly parameters: unknown
  readonly metadata: Metadata
  readonly cancellation: Cancellation
  readonly peer: string | undefined
  /** The metadata of the last response; `undefined` before there is one. */
  received: Readonly<Metadata> | undefined
  tries = 0
  requestBytes = 0
  responseBytes = 0

  constructor(
    protocol: Protocol,
    definition: Message,
    parameters: unknown,
    metadata: Metadata,
    cancellation: Cancellation,
    peer: string | undefined,
  ) {
    this.protocol = protocol
    this.definition = definition
    this.parameters = parameters
    this.metadata = metadata
    this.cancellation = cancellation
    this.peer = peer
  }

  get message(): string {
    return this.definition.name
  }

  get responseMetadata(): Readonly<Metadata> {
    return this.received ?? NO_METADATA
  }

  get signal(): AbortSignal {
    return this.cancellation.signal
  }

  get remainingMillis(): number {
    return remainingMillis(this.cancellation.endsAtMillis)
  }
}
