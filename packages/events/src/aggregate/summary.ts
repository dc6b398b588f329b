// Numbers, of which only their summary is kept: how many, their sum and extremes, and how they are spread.
//
// For percentiles each number is counted in a bucket that the leading bits of its double name: its sign, its exponent
// and the first 7 bits of its fraction. A bucket is so 1/128 wide at most, its middle within 0.4 % of each number in
// it; no logarithm is taken, and what it may take is bounded, as doubles are. DDSketch has the same guarantee: the
// library of that name takes 50 ns a number, and joins its lowest buckets once there are too many (Node 20).

const FRACTION_BITS = 7
const PAGE = 2 ** FRACTION_BITS
/** Below 2⁻⁴⁰ a number counts as 0, and from 2⁶⁴ as one that large, so that a summary takes 220 KB at most. */
const MIN_EXPONENT = -40
const MAX_EXPONENT = 63

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0

/** A summary of numbers, in memory that does not grow with them. */
export interface Summary {
  /** How many numbers there were. */
  readonly count: number
  readonly sum: number
  /** `NaN` where there was no number, and so `max` and `mean`. */
  readonly min: number
  readonly max: number
  readonly mean: number
  /**
   * What `percent` of the numbers do not exceed, within 0.4 % of one of them: `percentile(99)`. Exact at 0 and 100;
   * `NaN` where there was no number. Throws a `RangeError` for a percent outside of 0 to 100.
   */
  percentile(percent: number): number
}

/** A summary that can be added to. */
export interface GrowingSummary extends Summary {
  /** Adds a number. `NaN` is no number, and is left out. */
  add(number: number): void
  /** Adds all that another summary has seen: from another part of the events, or another process. */
  merge(other: Summary): void
}

/** Makes an empty summary. */
export function createSummary(): GrowingSummary {
  return new Buckets()
}

/** A page counts the numbers of one sign and exponent. */
type Pages = (Float64Array | undefined)[]

class Buckets implements GrowingSummary {
  count = 0
  sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  #zeros = 0
  readonly #positive: Pages = []
  readonly #negative: Pages = []

  get min(): number {
    return this.count === 0 ? Number.NaN : this.#min
  }

  get max(): number {
    return this.count === 0 ? Number.NaN : this.#max
  }

  get mean(): number {
    return this.sum / this.count
  }

  add(number: number): void {
    if (number !== number) return
    this.count++
    this.sum += number
    if (number < this.#min) this.#min = number
    if (number > this.#max) this.#max = number
    double[0] = number
    const high = words[HIGH] as number
    const exponent = ((high >>> 20) & 0x7ff) - 1023
    if (exponent < MIN_EXPONENT) {
      this.#zeros++
      return
    }
    const pages = high >>> 31 === 0 ? this.#positive : this.#negative
    const isTooLarge = exponent > MAX_EXPONENT
    const page = (isTooLarge ? MAX_EXPONENT : exponent) - MIN_EXPONENT
    const bucket = isTooLarge ? PAGE - 1 : (high >>> (20 - FRACTION_BITS)) & (PAGE - 1)
    const counts = (pages[page] ??= new Float64Array(PAGE))
    counts[bucket] = (counts[bucket] as number) + 1
  }

  merge(other: Summary): void {
    if (!(other instanceof Buckets)) throw new TypeError("merge takes a summary that createSummary made")
    if (other.count === 0) return
    this.count += other.count
    this.sum += other.sum
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
    this.#zeros += other.#zeros
    mergePages(this.#positive, other.#positive)
    mergePages(this.#negative, other.#negative)
  }

  percentile(percent: number): number {
    if (!(percent >= 0 && percent <= 100)) {
      throw new RangeError(`A percentile is from 0 to 100, got ${String(percent)}`)
    }
    if (this.count === 0) return Number.NaN
    // The last number that is asked for, counted from 1: the nearest rank. What is an integer but for the rounding of
    // doubles is that integer: 0.07 % of 10,000 is 7.000000000000001.
    const rank = Math.ceil(((percent * this.count) / 100) * (1 - 1e-12))
    if (rank <= 1) return this.#min
    if (rank >= this.count) return this.#max
    return Math.min(this.#max, Math.max(this.#min, this.#middleAt(rank)))
  }

  #middleAt(rank: number): number {
    let left = rank
    for (const [middle, count] of this.#inOrder()) {
      left -= count
      if (left <= 0) return middle
    }
    return this.#max
  }

  *#inOrder(): Generator<readonly [middle: number, count: number]> {
    for (const [middle, count] of [...bucketsOf(this.#negative)].toReversed()) yield [-middle, count]
    yield [0, this.#zeros]
    yield* bucketsOf(this.#positive)
  }
}

function mergePages(into: Pages, from: Pages): void {
  from.forEach((counts, page) => {
    const sums = (into[page] ??= new Float64Array(PAGE))
    counts?.forEach((count, bucket) => {
      sums[bucket] = (sums[bucket] as number) + count
    })
  })
}

/** The middle of each bucket that is not empty, from the smallest, and how many numbers it has. */
function* bucketsOf(pages: Pages): Generator<readonly [middle: number, count: number]> {
  for (const [page, counts] of pages.entries()) {
    for (const [bucket, count] of counts?.entries() ?? []) {
      if (count > 0) yield [2 ** (page + MIN_EXPONENT) * (1 + (bucket + 0.5) / PAGE), count]
    }
  }
}
