// The wall clock in nanoseconds, without a bigint an event: as two numbers, of which each is exact.
//
// It goes on with the monotonic clock (`performance.now()`), which is finer than a millisecond and does not jump.
// `adjust`, while no event waits, compares it with the wall clock. It is never behind; where it is ahead by more than
// 10 ms, the wall clock was set back, and so is it. So time goes back only where the machine's did, never within a batch.

/** What the low part counts up to: 6 bits for the first byte of a varint, and 28 for the four after it. */
const LOW_UNITS = 2 ** 34

export const NANOS_A_MILLI = 1_000_000n
const TOLERANCE_NANOS = 10_000_000n
const LOW_BITS = 34n

/** A time: nanoseconds since 1970 are `high * LOW_UNITS + low`. */
export interface Time {
  high: number
  low: number
}

/** Nanoseconds since 1970. */
export const toNanos = ({ high, low }: Time): bigint => (BigInt(high) << LOW_BITS) + BigInt(low)

/** From nanoseconds since 1970. */
export const toTime = (nanos: bigint): Time => ({
  high: Number(nanos >> LOW_BITS),
  low: Number(nanos & BigInt(LOW_UNITS - 1)),
})

/** Whole milliseconds since 1970. 2^34 ns are 17179 ms and 869184 ns: so every step is exact. */
export const toMillis = ({ high, low }: Time): number =>
  high * 17179 + Math.floor((high * 869184 + low) / 1e6)

/** Milliseconds since 1970 with their fraction, rounded to a microsecond or so: up to the next one, too. */
export const toRoundedMillis = ({ high, low }: Time): number => high * (LOW_UNITS / 1e6) + low / 1e6

/** Whether `a` is before `b`. */
export const isBefore = (a: Time, b: Time): boolean => a.high < b.high || (a.high === b.high && a.low < b.low)

/** Where time comes from, in milliseconds. */
export interface TimeSources {
  /** Since 1970, by the machine's clock, whole. */
  readonly wallMillis: () => number
  /** Since any moment, never back. */
  readonly steadyMillis: () => number
}

const system: TimeSources = { wallMillis: () => Date.now(), steadyMillis: () => performance.now() }

/** Tells the time, into `now`: nothing is allocated. */
export class Clock {
  readonly now: Time = { high: 0, low: 0 }
  readonly #sources: TimeSources
  #base: Time
  #baseSteadyMillis: number

  constructor(sources = system) {
    this.#sources = sources
    // In this order: a process that is held up in between is behind, which is made good, and never ahead.
    this.#base = toTime(BigInt(sources.wallMillis()) * NANOS_A_MILLI)
    this.#baseSteadyMillis = sources.steadyMillis()
  }

  /** Reads the time into `now`. */
  read(): void {
    this.#readAt(this.#sources.steadyMillis())
  }

  /** Follows the machine's clock, where that went another way. */
  adjust(): void {
    this.read()
    const before = toNanos(this.now)
    const wall = BigInt(this.#sources.wallMillis()) * NANOS_A_MILLI
    const steady = this.#sources.steadyMillis()
    this.#readAt(steady)
    const after = toNanos(this.now)
    // It was read between the two, however long that took, and in whole milliseconds is up to one behind.
    if (wall <= after && before < wall + NANOS_A_MILLI + TOLERANCE_NANOS) return
    this.#base = toTime(wall)
    this.#baseSteadyMillis = steady
  }

  #readAt(steadyMillis: number): void {
    const passed = Math.round((steadyMillis - this.#baseSteadyMillis) * 1e6)
    const low = this.#base.low + passed
    const carry = Math.floor(low / LOW_UNITS)
    this.now.high = this.#base.high + carry
    this.now.low = low - carry * LOW_UNITS
  }
}
