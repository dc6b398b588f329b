// The figures of the calls of one message, and how they are counted. What is kept does not grow with the calls.

import type { Histogram, RecordableHistogram } from "node:perf_hooks"
import type { CallEvent, ServedEvent } from "./diagnostics.ts"
import type { Outcome } from "./outcome.ts"

/** Figures of the calls of one message. */
interface MessageStats {
  /** The protocol's full name. */
  readonly protocol: string
  readonly message: string
  readonly calls: number
  readonly outcomes: Readonly<Record<Outcome, number>>
  /** How many ended with each code. */
  readonly codes: Readonly<Record<string, number>>
  readonly millis: Latency
  readonly requestBytes: Amount
  readonly responseBytes: Amount
}

/** Figures of the calls that were served of one message. */
export interface ServedStats extends MessageStats {
  /** How many calls each handler made itself, of any service. */
  readonly fanOut: Amount
  /** The same by message called, `protocol.message`. The mean is of all calls served. */
  readonly fanOutByMessage: Readonly<Record<string, Amount>>
}

/** Figures of the calls that were made of one message. */
export interface MadeStats extends MessageStats {
  readonly tries: Amount
}

/** Times in milliseconds, within 1 % and no finer than a microsecond; those above an hour count as one. */
export interface Latency {
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** A quantity of each call. */
export interface Amount {
  readonly mean: number
  readonly max: number
}

/** The name of those that are not told apart. */
export const OTHER = "*"

/** What both sides count of one message. */
export abstract class Tally<Event extends ServedEvent | CallEvent> {
  readonly #protocol: string
  readonly #message: string
  readonly #outcomes = { ok: 0, declared: 0, refused: 0, "given-up": 0, failed: 0 }
  readonly #codes = new Counts()
  readonly #micros = createLatencies()
  readonly #requestBytes = new Sum()
  readonly #responseBytes = new Sum()
  protected calls = 0

  constructor({ protocol, message }: Event) {
    this.#protocol = protocol
    this.#message = message
  }

  add({ outcome, code, millis, requestBytes, responseBytes }: Event): void {
    this.calls++
    this.#outcomes[outcome]++
    if (code !== undefined) this.#codes.add(code)
    this.#micros.record(Math.min(MAX_MICROS, Math.max(1, Math.round(millis * 1000))))
    this.#requestBytes.add(requestBytes)
    this.#responseBytes.add(responseBytes)
  }

  protected common(): MessageStats {
    return {
      protocol: this.#protocol,
      message: this.#message,
      calls: this.calls,
      outcomes: { ...this.#outcomes },
      codes: this.#codes.stats(),
      millis: latencyOf(this.#micros),
      requestBytes: this.#requestBytes.amount(this.calls),
      responseBytes: this.#responseBytes.amount(this.calls),
    }
  }
}

/** Counts the calls that were served of one message. */
export class ServedTally extends Tally<ServedEvent> {
  readonly #fanOut = new Sum()
  readonly #byMessage = new Map<string, Sum>()
  readonly #maxMessages: number

  constructor(event: ServedEvent, maxMessages: number) {
    super(event)
    this.#maxMessages = maxMessages
  }

  override add(event: ServedEvent): void {
    super.add(event)
    this.#fanOut.add(event.calls)
    if (event.callsByMessage === undefined) return
    for (const [message, calls] of event.callsByMessage) this.#of(message).add(calls)
  }

  stats(): ServedStats {
    const fanOutByMessage = Object.fromEntries(
      Array.from(this.#byMessage, ([message, sum]) => [message, sum.amount(this.calls)]),
    )
    return { ...this.common(), fanOut: this.#fanOut.amount(this.calls), fanOutByMessage }
  }

  #of(message: string): Sum {
    const name = this.#byMessage.has(message) || this.#byMessage.size < this.#maxMessages ? message : OTHER
    const sum = this.#byMessage.get(name) ?? new Sum()
    this.#byMessage.set(name, sum)
    return sum
  }
}

/** Counts the calls that were made of one message. */
export class MadeTally extends Tally<CallEvent> {
  readonly #tries = new Sum()

  override add(event: CallEvent): void {
    super.add(event)
    this.#tries.add(event.tries)
  }

  stats(): MadeStats {
    return { ...this.common(), tries: this.#tries.amount(this.calls) }
  }
}

/** A quantity of some calls. */
class Sum {
  #total = 0
  #max = 0

  add(value: number): void {
    this.#total += value
    if (value > this.#max) this.#max = value
  }

  amount(calls: number): Amount {
    return { mean: calls === 0 ? 0 : this.#total / calls, max: this.#max }
  }
}

/** How often there was what, by one of a bounded number of names. */
export class Counts {
  readonly #counts = new Map<string, number>()

  add(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  stats(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }
}

const MAX_MICROS = 3_600_000_000

/**
 * Node's own histogram takes 19 ns to record a value. It is asked for and not imported: where there is none, nobody
 * publishes either.
 */
function createLatencies(): RecordableHistogram {
  const { createHistogram } = globalThis.process.getBuiltinModule("node:perf_hooks")
  return createHistogram({ lowest: 1, highest: MAX_MICROS, figures: 2 })
}

function latencyOf(micros: Histogram): Latency {
  const millis = (value: number): number => value / 1000
  return {
    mean: millis(micros.mean),
    p50: millis(micros.percentile(50)),
    p90: millis(micros.percentile(90)),
    p99: millis(micros.percentile(99)),
    max: millis(micros.max),
  }
}
