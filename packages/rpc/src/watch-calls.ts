// Figures of all calls of a process, by message and side: what the diagnostics channels carry, added up. What is
// kept is bounded, however many calls there are and whatever peers name.

import {
  Counts,
  type MadeStats,
  MadeTally,
  OTHER,
  type ServedStats,
  ServedTally,
  type Tally,
} from "./call-stats.ts"
import {
  type CallEvent,
  callChannel,
  type RefusedEvent,
  refusedChannel,
  type ServedEvent,
  servedChannel,
} from "./diagnostics.ts"
import { checkLimits } from "./net/check-limits.ts"

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

/**
 * Counts the calls of this process, served and made, from now on: `watch.stats()` has them by message, with their
 * outcomes, times, sizes, and how many calls each handler made. Costs each call a fraction of a microsecond, and
 * each message 30 kB. Throws a `TypeError` for a number that none can be.
 */
export function watchCalls({ maxMessages = 1000 }: WatchCallsOptions = {}): CallWatch {
  checkLimits({ maxMessages })
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

const byCalls = <Stats extends ServedStats | MadeStats>(stats: Stats[]): Stats[] =>
  stats.toSorted((a, b) => b.calls - a.calls)

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
    this.#get(event).add(event)
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
