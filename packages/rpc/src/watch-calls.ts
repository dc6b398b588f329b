// Figures of all calls of a process, by message and side: what the diagnostics channels carry, added up. What is
// kept is bounded, however many calls there are and whatever peers name.

import type { Histogram, RecordableHistogram } from "node:perf_hooks"
import {
  type CallEvent,
  callChannel,
  type RefusedEvent,
  refusedChannel,
  type ServedEvent,
  servedChannel,
} from "./diagnostics.ts"
import type { Outcome } from "./outcome.ts"

/** Options of `watchCalls`. */
export interface WatchCallsOptions {
  /** How many messages are told apart on either side; what comes beyond is added up under the name `*`. Default 1000. */
  readonly maxMessages?: number
}

/** Counts calls until it is closed. */
export interface CallWatch extends Disposable {
  /** What there was so far. */
  stats(): CallStats
  close(): void
}

/** Figures of the calls of a process. */
export interface CallStats {
  /** By message, those with most calls first. */
  readonly served: readonly ServedStats[]
  readonly made: readonly MadeStats[]
  /** Requests that never became calls, by code; `OTHER` where the server was at fault. */
  readonly refused: Readonly<Record<string, number>>
}

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

/**
 * Counts the calls of this process, served and made, from now on: `watch.stats()` has them by message, with their
 * outcomes, times, sizes, and how many calls each handler made. Costs each call a fraction of a microsecond, and
 * each message 30 kB.
 */
export function watchCalls({ maxMessages = 1000 }: WatchCallsOptions = {}): CallWatch {
  const served = new Table((event: ServedEvent) => new ServedTally(event, maxMessages), maxMessages)
  const made = new Table((event: CallEvent) => new MadeTally(event), maxMessages)
  const refused = new Counts()
  const listeners = [
    [servedChannel, (event: unknown) => served.add(event as ServedEvent)],
    [callChannel, (event: unknown) => made.add(event as CallEvent)],
    [refusedChannel, (event: unknown) => refused.add((event as RefusedEvent).code ?? "OTHER")],
  ] as const
  for (const [channel, listen] of listeners) channel.subscribe(listen)
  const watch: CallWatch = {
    stats: () => ({
      served: byCalls(served.all.map((tally) => tally.stats())),
      made: byCalls(made.all.map((tally) => tally.stats())),
      refused: refused.stats(),
    }),
    close() {
      for (const [channel, listen] of listeners) channel.unsubscribe(listen)
    },
    [Symbol.dispose]: () => watch.close(),
  }
  return watch
}

const byCalls = <Stats extends MessageStats>(stats: Stats[]): Stats[] =>
  stats.toSorted((a, b) => b.calls - a.calls)

const OTHER = "*"

/** One side's messages. */
class Table<Event extends ServedEvent | CallEvent, One extends Tally<Event>> {
  readonly #protocols = new Map<string, Map<string, One>>()
  readonly #create: (event: Event) => One
  readonly #maxMessages: number
  readonly all: One[] = []

  constructor(create: (event: Event) => One, maxMessages: number) {
    this.#create = create
    this.#maxMessages = maxMessages
  }

  add(event: Event): void {
    // Two maps, because to join the names for one took longer than all the rest.
    this.#get(event)?.add(event)
  }

  #get(event: Event): One {
    const known = this.#protocols.get(event.protocol)?.get(event.message)
    if (known !== undefined) return known
    const { protocol, message } =
      this.all.length < this.#maxMessages ? event : { protocol: OTHER, message: OTHER }
    const messages = this.#protocols.get(protocol) ?? new Map<string, One>()
    this.#protocols.set(protocol, messages)
    let one = messages.get(message)
    if (one === undefined) {
      one = this.#create({ ...event, protocol, message })
      messages.set(message, one)
      this.all.push(one)
    }
    return one
  }
}

/** What both sides count of one message. */
abstract class Tally<Event extends ServedEvent | CallEvent> {
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

class ServedTally extends Tally<ServedEvent> {
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

class MadeTally extends Tally<CallEvent> {
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
class Counts {
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
