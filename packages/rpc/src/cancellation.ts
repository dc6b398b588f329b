// Tells the parties to one call that nobody waits for its outcome any more. An AbortController with
// its signal takes about 3 µs to make, a tenth of a whole call over HTTP; most calls are never
// cancelled, so theirs is made only when somebody asks for it.

/** One call's right to be given up. Settles once. */
export interface Cancellation {
  /** Calls back with the reason; at once if it was cancelled already. */
  onCancel(listener: CancelListener): void
  /** Calls back no more. */
  offCancel(listener: CancelListener): void
  /** Throws the reason if it was cancelled. */
  throwIfCancelled(): void
  /** Whether there is anybody who could cancel. */
  readonly canBeCancelled: boolean
  /** When it is cancelled at the latest, as `performance.now()`; `Infinity` where nothing says so. */
  readonly endsAtMillis: number
  /** The same as an `AbortSignal`, made when first asked for. */
  readonly signal: AbortSignal
}

/** Gets the reason. */
export type CancelListener = (reason: unknown) => void

/** The side that cancels. */
export interface CancellationSource extends Cancellation {
  cancel(reason: unknown): void
}

/** A cancellation that nobody has asked for yet. Whoever makes it sees to it that it ends when it says. */
export function createCancellation(endsAtMillis = Number.POSITIVE_INFINITY): CancellationSource {
  return new LazyCancellation(endsAtMillis)
}

/** The cancellation of a call that nobody will give up. */
export function neverCancelled(): Cancellation {
  return new NeverCancelled()
}

class LazyCancellation implements CancellationSource {
  readonly canBeCancelled = true
  readonly endsAtMillis: number
  /** Nearly always there is one alone: the transport's. */
  #listener: CancelListener | undefined
  #others: Set<CancelListener> | undefined
  #outcome: { reason: unknown } | undefined
  #controller: AbortController | undefined

  constructor(endsAtMillis: number) {
    this.endsAtMillis = endsAtMillis
  }

  cancel(reason: unknown): void {
    if (this.#outcome !== undefined) return
    this.#outcome = { reason }
    this.#controller?.abort(reason)
    this.#listener?.(reason)
    for (const listener of this.#others ?? []) listener(reason)
    this.#listener = this.#others = undefined
  }

  onCancel(listener: CancelListener): void {
    if (this.#outcome !== undefined) listener(this.#outcome.reason)
    else if (this.#listener === undefined) this.#listener = listener
    else (this.#others ??= new Set()).add(listener)
  }

  offCancel(listener: CancelListener): void {
    if (this.#listener === listener) this.#listener = undefined
    else this.#others?.delete(listener)
  }

  throwIfCancelled(): void {
    if (this.#outcome !== undefined) throw this.#outcome.reason
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#outcome !== undefined) this.#controller.abort(this.#outcome.reason)
    }
    return this.#controller.signal
  }
}

class NeverCancelled implements Cancellation {
  readonly canBeCancelled = false
  readonly endsAtMillis = Number.POSITIVE_INFINITY
  #signal: AbortSignal | undefined

  onCancel(): void {}
  offCancel(): void {}
  throwIfCancelled(): void {}

  get signal(): AbortSignal {
    return (this.#signal ??= new AbortController().signal)
  }
}
