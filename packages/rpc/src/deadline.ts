// When a call has to be over: by its caller's time limit and signal, and by those of the call that is being
// served where it is made.
//
// A client tells its server how much time there is left, in the request's metadata under `avrolet.timeout`:
// whole milliseconds, rounded up, in decimal digits. The two clocks need not agree. Whatever else is found
// there is ignored. What it spends on its way, or in a queue, a server cannot know: the client, who does,
// gives the call up in time.

import { callBeingServed } from "./being-served.ts"
import {
  type CancelListener,
  type Cancellation,
  type CancellationSource,
  createCancellation,
  neverCancelled,
} from "./cancellation.ts"
import { RpcError } from "./errors.ts"
import { type Metadata, millisIn, TIMEOUT_KEY } from "./metadata.ts"
import { Refusal } from "./refusal.ts"

/** A caller's ways to stop waiting. */
export interface CallLimits {
  /**
   * Rejects with `ERR_RPC_TIMEOUT` after this long, and lets go of the connection; the server learns of it
   * beforehand. At most 2³¹−1. Default: the client's, and without one no limit.
   */
  readonly timeoutMillis?: number | undefined
  /** Rejects with the signal's reason when it aborts. */
  readonly signal?: AbortSignal | undefined
  /**
   * In a handler, and in whatever it awaits or starts: whether the call goes on when the one that is being
   * served is given up or out of time. Default false.
   */
  readonly detached?: boolean | undefined
}

const MAX_TIMER_MILLIS = 2 ** 31 - 1

/** Throws a `TypeError` for a time that is none. */
export function checkTimeout(timeoutMillis: number | undefined): void {
  if (timeoutMillis === undefined || (timeoutMillis > 0 && timeoutMillis <= MAX_TIMER_MILLIS)) return
  throw new TypeError(
    `timeoutMillis must be more than 0 and at most ${MAX_TIMER_MILLIS}, got ${timeoutMillis}`,
  )
}

/**
 * Runs `work` until it settles, the time is over (`ERR_RPC_TIMEOUT`), the signal aborts (its reason,
 * untouched) or the call that is being served here is given up (why it was), whichever comes first. Rejects with
 * a `TypeError` for a time that is none.
 */
export function withDeadline<T>(
  limits: CallLimits,
  work: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  return withLimits(limits, limits.detached ? undefined : callBeingServed(), work)
}

/** Limits of one try of a call, within those of the call. */
export interface TryLimits extends Pick<CallLimits, "timeoutMillis" | "signal"> {
  /** Rejects with the reason when it is cancelled. The same as a signal, in a tenth of the time. */
  readonly cancellation?: Cancellation
}

/** The same, but what limits it from outside is given. */
export function withLimits<T>(
  { timeoutMillis, signal, cancellation: own }: TryLimits,
  outer: Cancellation | undefined,
  work: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    checkTimeout(timeoutMillis)
    signal?.throwIfAborted()
    outer?.throwIfCancelled()
    own?.throwIfCancelled()
    if (timeoutMillis === undefined && signal === undefined && outer === undefined && own === undefined) {
      work(neverCancelled()).then(resolve, reject)
      return
    }
    const endsAtMillis = performance.now() + (timeoutMillis ?? Number.POSITIVE_INFINITY)
    const started = new Limits(endsAtMillis, timeoutMillis, noResponseWithin, outer, reject)
    if (signal !== undefined) started.listenTo(signal)
    if (own !== undefined) started.listenToCancellation(own)
    // What a server says when the time is over can be here before the timer is.
    const isLate = (): boolean => timeoutMillis !== undefined && remainingMillis(endsAtMillis) === 0
    const fail = (error: unknown): void => {
      started.stop()
      reject(isLate() ? noResponseWithin(timeoutMillis as number) : error)
    }
    try {
      work(started.cancellation).then((result) => {
        if (isLate()) return fail(undefined)
        started.stop()
        resolve(result)
      }, fail)
    } catch (error) {
      fail(error)
    }
  })
}

const noResponseWithin = (millis: number): RpcError =>
  new RpcError("ERR_RPC_TIMEOUT", `No response within ${millis} ms`)

/** Something that ends a call, until it is stopped. */
export interface StartedLimits {
  readonly cancellation: CancellationSource
  stop(): void
}

/** Ends a call that is served when the time that its client gave is over, or the client is gone. */
export function startServing(
  timeoutMillis: number,
  endsAtMillis: number,
  connection: Cancellation,
): StartedLimits {
  const timeLeft = Math.ceil(remainingMillis(endsAtMillis))
  return new Limits(endsAtMillis, timeLeft, () => clientsTimeIsOver(timeoutMillis), connection)
}

/** The error of a call that is served when its client waits no more. */
export function clientsTimeIsOver(timeoutMillis: number): RpcError {
  return new Refusal("ERR_RPC_TIMEOUT", `The client's ${timeoutMillis} ms are over`)
}

/**
 * Cancels when the time is over, or whoever is listened to does. Most calls have a deadline and nothing else: so this is
 * one object and a timer, and what listens to others is made where there are any.
 */
class Limits implements StartedLimits {
  readonly cancellation: CancellationSource
  readonly #endsAtMillis: number
  readonly #timeoutMillis: number | undefined
  readonly #timeoutError: (millis: number) => RpcError
  readonly #first: CancelListener | undefined
  #timer: NodeJS.Timeout | undefined
  #stopListening: (() => void)[] | undefined

  /** `first` is told before those who listen to the cancellation. */
  constructor(
    endsAtMillis: number,
    timeoutMillis: number | undefined,
    timeoutError: (millis: number) => RpcError,
    outer: Cancellation | undefined,
    first?: CancelListener,
  ) {
    this.#endsAtMillis = endsAtMillis
    this.#timeoutMillis = timeoutMillis
    this.#timeoutError = timeoutError
    this.#first = first
    const outerEnd = outer === undefined ? Number.POSITIVE_INFINITY : outer.endsAtMillis
    this.cancellation = createCancellation(Math.min(endsAtMillis, outerEnd))
    // Also where the outer one ends before: it may be stopped, and this go on.
    if (timeoutMillis !== undefined) this.#timer = setTimeout(expire, timeoutMillis, this)
    if (outer !== undefined) this.listenToCancellation(outer)
  }

  listenToCancellation(outer: Cancellation): void {
    const listener: CancelListener = (reason) => this.#cancel(reason)
    this.#addStop(() => outer.offCancel(listener))
    outer.onCancel(listener)
  }

  listenTo(signal: AbortSignal): void {
    const listener = (): void => this.#cancel(signal.reason)
    this.#addStop(() => signal.removeEventListener("abort", listener))
    signal.addEventListener("abort", listener, { once: true })
  }

  stop(): void {
    clearTimeout(this.#timer)
    if (this.#stopListening !== undefined) for (const stop of this.#stopListening) stop()
  }

  expire(): void {
    const left = remainingMillis(this.#endsAtMillis)
    // Node's timers count whole milliseconds, and may be early by part of one.
    if (left > 0) this.#timer = setTimeout(expire, Math.ceil(left), this)
    else this.#cancel(this.#timeoutError(this.#timeoutMillis as number))
  }

  #addStop(stop: () => void): void {
    if (this.#stopListening === undefined) this.#stopListening = [stop]
    else this.#stopListening.push(stop)
  }

  #cancel(reason: unknown): void {
    this.stop() // the work may go on for ever
    this.#first?.(reason)
    this.cancellation.cancel(reason)
  }
}

const expire = (limits: Limits): void => limits.expire()

/** What to send about the time that is left; `undefined` where there is no limit. */
export function remainingTime({ endsAtMillis }: Cancellation): string | undefined {
  if (endsAtMillis === Number.POSITIVE_INFINITY) return undefined
  return String(Math.ceil(remainingMillis(endsAtMillis)))
}

/** How long it is until then; 0 if that was before. */
export function remainingMillis(endsAtMillis: number): number {
  return Math.max(0, endsAtMillis - performance.now())
}

/** The time that a client gives, if it does. */
export function timeoutIn(metadata: Readonly<Metadata>): number | undefined {
  return millisIn(metadata[TIMEOUT_KEY])
}
