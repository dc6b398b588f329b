// How many requests a service got on its subject, and how long they took: counted as NATS's services do.

import type { Service } from "@avrolet/rpc"
import { nameOfFailure } from "./refusal-message.ts"

/** A service on a subject, as discovery tells of it. Times are in nanoseconds. */
export interface Endpoint {
  readonly name: string
  readonly subject: string
  readonly queue_group: string
  readonly metadata: Readonly<Record<string, string>>
  readonly num_requests: number
  readonly num_errors: number
  readonly last_error: string
  readonly processing_time: number
  readonly average_processing_time: number
}

const NANOS_PER_MILLI = 1e6

/** Counts the requests of one service. */
export class EndpointStats {
  readonly #name: string
  readonly #metadata: Readonly<Record<string, string>>
  #requests = 0
  #errors = 0
  #lastError = ""
  #millis = 0

  constructor({ protocol }: Service) {
    this.#name = protocol.name.replaceAll(".", "_")
    const hash = Buffer.from(protocol.hash).toString("hex")
    this.#metadata = { "avrolet.protocol": protocol.name, "avrolet.hash": hash }
  }

  count(millis: number, failure: { readonly error: unknown } | undefined): void {
    this.#requests++
    this.#millis += millis
    if (failure === undefined) return
    this.#errors++
    this.#lastError = nameOfFailure(failure.error)
  }

  endpoint(subject: string, queue: string): Endpoint {
    const nanos = Math.round(this.#millis * NANOS_PER_MILLI)
    return {
      name: this.#name,
      subject,
      queue_group: queue,
      metadata: this.#metadata,
      num_requests: this.#requests,
      num_errors: this.#errors,
      last_error: this.#lastError,
      processing_time: nanos,
      average_processing_time: Math.trunc(nanos / Math.max(1, this.#requests)),
    }
  }
}
