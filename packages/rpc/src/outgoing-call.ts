// One call as its client sees it; the counterpart of served-call.ts.

import type { Message, Protocol } from "@avrolet/avro"
import type { Cancellation } from "./cancellation.ts"
import { remainingMillis } from "./deadline.ts"
import type { InterceptedCall } from "./interceptor.ts"
import { type Metadata, NO_METADATA } from "./metadata.ts"

/** What a call took, all its tries together. */
export interface CallTally {
  tries: number
  requestBytes: number
  responseBytes: number
  /** The retry budget that has counted it. */
  countedBy?: object
}

/** What is sent, and what came beside the answer. */
export class OutgoingCall implements InterceptedCall {
  readonly protocol: Protocol
  readonly definition: Message
  readonly parameters: unknown
  readonly metadata: Metadata
  readonly cancellation: Cancellation
  readonly peer: string | undefined
  readonly tally: CallTally
  /** The metadata of the last response; `undefined` before there is one. */
  received: Readonly<Metadata> | undefined
  server: string | undefined
  /** The call of which this is a try. */
  readonly #whole: OutgoingCall | undefined
  #isAnswered = false

  constructor(
    protocol: Protocol,
    definition: Message,
    parameters: unknown,
    metadata: Metadata,
    cancellation: Cancellation,
    peer: string | undefined,
    whole?: OutgoingCall,
  ) {
    this.protocol = protocol
    this.definition = definition
    this.parameters = parameters
    this.metadata = metadata
    this.cancellation = cancellation
    this.peer = peer
    this.tally = whole?.tally ?? { tries: 0, requestBytes: 0, responseBytes: 0 }
    this.#whole = whole
  }

  /** Makes a try of this call that is limited to less than it. Of its tries that overlap the first result counts. */
  async try(limitedTo: Cancellation, send: (call: OutgoingCall) => Promise<unknown>): Promise<unknown> {
    const { protocol, definition, parameters, metadata, peer } = this
    const own = new OutgoingCall(protocol, definition, parameters, metadata, limitedTo, peer, this)
    const receive = (isAnswer: boolean): void => {
      if (this.#isAnswered) return
      this.#isAnswered = isAnswer
      this.received = own.received ?? this.received
      this.server = own.server ?? this.server
    }
    try {
      const result = await send(own)
      receive(true)
      return result
    } catch (error) {
      receive(false)
      throw error
    }
  }

  /** One of several servers gets it now. */
  sentTo(server: string): void {
    if (this.#isAnswered) return
    this.server = server
    this.#whole?.sentTo(server)
  }

  get countedBy(): object | undefined {
    return this.tally.countedBy
  }

  set countedBy(budget: object) {
    this.tally.countedBy = budget
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
