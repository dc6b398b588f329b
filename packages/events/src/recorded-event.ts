// An event as it is read back.

import { type Time, toMillis, toNanos } from "./clock.ts"

/** An event, with when, where and by whom it was recorded. */
export interface RecordedEvent<Value> {
  /** When it was recorded, to the millisecond. */
  readonly at: Date
  /** The same in nanoseconds since 1970. */
  readonly atNanos: bigint
  readonly host: string
  readonly pid: number
  readonly service: string
  /** The W3C trace id, 32 hexadecimal digits. */
  readonly traceId: string | undefined
  readonly value: Value
}

/** An event that stays as it is, whatever is read behind it. */
export class KeptEvent<Value> implements RecordedEvent<Value> {
  readonly at: Date
  readonly host: string
  readonly pid: number
  readonly service: string
  readonly traceId: string | undefined
  readonly value: Value
  readonly #high: number
  readonly #low: number

  constructor(time: Time, event: Omit<RecordedEvent<Value>, "at" | "atNanos">) {
    this.at = toDate(time)
    this.host = event.host
    this.pid = event.pid
    this.service = event.service
    this.traceId = event.traceId
    this.value = event.value
    this.#high = time.high
    this.#low = time.low
  }

  /** Made when it is asked for: few ask, and a bigint costs more than the rest. */
  get atNanos(): bigint {
    return toNanos({ high: this.#high, low: this.#low })
  }
}

export const toDate = (time: Time): Date => new Date(toMillis(time))
