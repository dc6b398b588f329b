// Sends messages to a store that acknowledges each, many at a time, and keeps their order when one of them fails:
// then nothing more is sent until all that are under way have ended, and all that were not acknowledged are sent
// again, in their order: the first of them alone, until the store has taken one. What the store has already it has to
// know by itself, by the message's id. What it will never take holds up nothing: it is rejected, with what was given
// together with it, and the others go on.

import { setTimeout as sleep } from "node:timers/promises"
import { EventsError } from "../errors.ts"
import { isPassing } from "./passing.ts"

/** How messages are sent. */
export interface DeliveryOptions<Message> {
  /**
   * Sends one message, and resolves when it is acknowledged. Called in the order of the messages, again before it has
   * resolved. Rejects with `ERR_EVENTS_UNAVAILABLE` where it is to be sent again. With `ERR_EVENTS_FULL` and
   * `ERR_EVENTS_FORBIDDEN`, which may pass, everything that was given and is not acknowledged is rejected, so that
   * whoever tries again keeps the order. With anything else the messages that were given together with it are, and of
   * those no more is sent.
   */
  readonly send: (message: Message) => Promise<void>
  /**
   * How many messages may wait for their acknowledgement. More than one keep their order only in a store that takes
   * none of those that are under way behind one that it refuses: a large one there is no room for, say.
   */
  readonly maxInFlight: number
  /** How long to go on while nothing is acknowledged; then everything that was given is rejected. */
  readonly retryMillis: number
}

/** Messages on their way, in one order. */
export interface Delivery<Message> {
  /** Resolves when all of them are acknowledged. Rejects with the error of `send`. */
  deliver(messages: readonly Message[]): Promise<void>
  /** Tries no more: what is not acknowledged is rejected with `reason`, once what is under way has ended. */
  stop(reason: Error): Promise<void>
}

/**
 * Makes an order of messages, in which they are sent. None is sent behind one that is known to be refused, but those
 * that are under way by then a store may take: see `maxInFlight`.
 */
export const createDelivery = <Message>(options: DeliveryOptions<Message>): Delivery<Message> =>
  new Deliverer(options)

const FIRST_PAUSE_MILLIS = 20
const MAX_PAUSE_MILLIS = 1000
const MIN_FORGOTTEN = 64

interface Entry<Message> {
  readonly message: Message
  readonly parcel: Parcel
  isDone: boolean
}

/** Messages that were given together. */
interface Parcel {
  left: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class Deliverer<Message> implements Delivery<Message> {
  readonly #options: DeliveryOptions<Message>
  readonly #stopping = new AbortController()
  #entries: Entry<Message>[] = []
  /** The first entry that was not sent since the last failure. */
  #next = 0
  #inFlight = 0
  #failure: unknown
  #failingSince: number | undefined
  #pauseMillis = FIRST_PAUSE_MILLIS
  #isRecovering = false
  /** Whether something failed, and nothing was acknowledged since. */
  #isCareful = false
  #whenIdle: (() => void)[] = []

  constructor(options: DeliveryOptions<Message>) {
    this.#options = options
  }

  deliver(messages: readonly Message[]): Promise<void> {
    const { signal } = this.#stopping
    if (signal.aborted) return Promise.reject(signal.reason)
    if (messages.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const parcel: Parcel = { left: messages.length, resolve, reject }
      for (const message of messages) this.#entries.push({ message, parcel, isDone: false })
      this.#pump()
    })
  }

  async stop(reason: Error): Promise<void> {
    this.#stopping.abort(reason)
    this.#failure ??= reason
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    this.#giveUp()
  }

  #pump(): void {
    const { send } = this.#options
    const maxInFlight = this.#isCareful ? 1 : this.#options.maxInFlight
    while (this.#failure === undefined && this.#inFlight < maxInFlight && this.#next < this.#entries.length) {
      const entry = this.#entries[this.#next++]
      if (entry === undefined || entry.isDone) continue
      this.#inFlight++
      send(entry.message).then(
        () => this.#settle(entry),
        (error: unknown) => this.#settle(entry, { error }),
      )
    }
  }

  #settle(entry: Entry<Message>, failed?: { readonly error: unknown }): void {
    this.#inFlight--
    if (failed === undefined) this.#acknowledge(entry)
    else if (isPassing(failed.error)) this.#failure ??= failed.error
    else this.#reject(entry.parcel, failed.error)
    if (this.#failure === undefined) this.#pump()
    else if (this.#inFlight === 0) void this.#recover()
    if (this.#inFlight === 0) for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  #acknowledge(entry: Entry<Message>): void {
    entry.isDone = true
    this.#isCareful = false
    this.#failingSince = undefined
    this.#pauseMillis = FIRST_PAUSE_MILLIS
    entry.parcel.left--
    if (entry.parcel.left === 0) entry.parcel.resolve()
    this.#forget()
  }

  #reject(parcel: Parcel, error: unknown): void {
    for (const entry of this.#entries) if (entry.parcel === parcel) entry.isDone = true
    parcel.reject(error)
    this.#forget()
  }

  /** Not one by one: to shift a long array costs its length. */
  #forget(): void {
    let done = 0
    while (this.#entries[done]?.isDone === true) done++
    if (done < MIN_FORGOTTEN && done < this.#entries.length) return
    this.#entries = this.#entries.slice(done)
    this.#next = Math.max(0, this.#next - done)
  }

  /** All that were under way have ended, and one of them has failed. */
  async #recover(): Promise<void> {
    if (this.#isRecovering) return
    this.#isRecovering = true
    this.#isCareful = true
    this.#failingSince ??= Date.now()
    const { signal } = this.#stopping
    if (isUnavailable(this.#failure) && Date.now() - this.#failingSince < this.#options.retryMillis) {
      await sleep(this.#pauseMillis, undefined, { signal }).catch(() => undefined)
      this.#pauseMillis = Math.min(this.#pauseMillis * 2, MAX_PAUSE_MILLIS)
    } else this.#giveUp()
    this.#isRecovering = false
    if (signal.aborted) return
    this.#failure = undefined
    this.#next = 0
    this.#pump()
  }

  #giveUp(): void {
    const { signal } = this.#stopping
    const error: unknown = signal.aborted ? signal.reason : this.#failure
    const parcels = new Set(this.#entries.filter(({ isDone }) => !isDone).map(({ parcel }) => parcel))
    this.#entries = []
    this.#next = 0
    this.#failingSince = undefined
    this.#pauseMillis = FIRST_PAUSE_MILLIS
    for (const { reject } of parcels) reject(error)
  }
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof EventsError && error.code === "ERR_EVENTS_UNAVAILABLE"
