// Counters, gauges and histograms: numbers that change too often to be an event each. What became of them is recorded
// at an interval.

import { checkIntegers, MAX_TIMER_MILLIS } from "../check-options.ts"
import type { Recorder } from "../recorder.ts"
import { Counted, Gauged, Measured } from "./metric-events.ts"
import { quietly } from "./quietly.ts"

/** By what a metric is divided: a route, a status. Few values each: every combination is kept. */
export type Labels = Readonly<Record<string, string>>

/** Goes up. */
export interface Counter {
  /** Default: by 1. Throws a `TypeError` for less than 0, or what is no finite number. */
  add(amount?: number): void
}

/** Goes up and down; the last value counts. */
export interface Gauge {
  /** Throws a `TypeError` for what is no number. */
  set(value: number): void
}

/** Many values, of which it matters how they are spread. */
export interface Histogram {
  /** Throws a `TypeError` for less than 0, or what is no finite number. */
  record(value: number): void
}

/** The metrics of a program. The same name and labels give the same metric. */
export interface Metrics extends Disposable {
  counter(name: string, labels?: Labels): Counter
  gauge(name: string, labels?: Labels): Gauge
  histogram(name: string, labels?: Labels): Histogram
}

/** Options of `createMetrics`. */
export interface MetricsOptions {
  /** Default 10,000. */
  readonly intervalMillis?: number
  /**
   * How many metrics there may be, each combination of labels one. Default 2000. What comes beyond goes together, for
   * each name, under the label `overflow`: labels that somebody else chooses must not fill the memory.
   */
  readonly maxMetrics?: number
}

/**
 * Makes metrics that are recorded at an interval, and once more when they are disposed: `Counted`, `Gauged` and
 * `Measured`. Counters and histograms to which nothing came in an interval are left out. Keeps no process alive.
 * Throws a `TypeError` for an option that is none.
 */
export function createMetrics(recorder: Pick<Recorder, "record">, options: MetricsOptions = {}): Metrics {
  const { intervalMillis = 10_000, maxMetrics = 2000 } = options
  checkIntegers({ intervalMillis }, MAX_TIMER_MILLIS)
  checkIntegers({ maxMetrics })
  const attempt = quietly()
  const metrics = new Map<string, Metric>()

  const get = <M extends Metric>(
    make: new (name: string, labels: Labels) => M,
    name: string,
    labels: Labels,
  ): M => {
    const key = keyOf(make.name, name, labels)
    let metric = metrics.get(key)
    if (metric === undefined) {
      if (metrics.size >= maxMetrics && labels !== OVERFLOW) return get(make, name, OVERFLOW)
      metrics.set(key, (metric = new make(name, labels)))
    }
    return metric as M
  }
  const record = (): void => {
    for (const metric of metrics.values()) attempt(() => metric.recordInto(recorder))
  }
  const timer = setInterval(record, intervalMillis).unref()
  return {
    counter: (name, labels = NONE) => get(CounterMetric, name, labels),
    gauge: (name, labels = NONE) => get(GaugeMetric, name, labels),
    histogram: (name, labels = NONE) => get(HistogramMetric, name, labels),
    [Symbol.dispose]() {
      clearInterval(timer)
      record()
    },
  }
}

const NONE: Labels = {}
const OVERFLOW: Labels = { overflow: "true" }

const keyOf = (kind: string, name: string, labels: Labels): string =>
  JSON.stringify([kind, name, ...Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))])

abstract class Metric {
  readonly name: string
  readonly labels: Labels

  constructor(name: string, labels: Labels) {
    this.name = name
    this.labels = { ...labels }
  }

  /** Records what there was since the last time. */
  abstract recordInto(recorder: Pick<Recorder, "record">): void
}

class CounterMetric extends Metric implements Counter {
  #total = 0
  #recorded = 0

  add(amount = 1): void {
    const fits = amount >= 0 && amount < Number.POSITIVE_INFINITY
    checkNumber(amount, fits, `The counter ${this.name} goes up by 0 or more`)
    this.#total += amount
  }

  recordInto(recorder: Pick<Recorder, "record">): void {
    const { name, labels } = this
    const increase = this.#total - this.#recorded
    if (increase === 0) return
    this.#recorded = this.#total
    recorder.record(Counted, { name, labels, increase, total: this.#total })
  }
}

class GaugeMetric extends Metric implements Gauge {
  #value: number | undefined

  set(value: number): void {
    checkNumber(value, !Number.isNaN(value), `The gauge ${this.name} shows a number`)
    this.#value = value
  }

  recordInto(recorder: Pick<Recorder, "record">): void {
    const { name, labels } = this
    if (this.#value !== undefined) recorder.record(Gauged, { name, labels, value: this.#value })
  }
}

/** A bucket is an eighth of a power of two wide: what is read off it is at most 9 % too much. */
const BUCKETS_A_DOUBLING = 8

class HistogramMetric extends Metric implements Histogram {
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = 0
  /** How many values each bucket has, by the exponent of its upper end. There are at most 17,000. */
  #buckets = new Map<number, number>()

  record(value: number): void {
    const fits = value >= 0 && value < Number.POSITIVE_INFINITY
    checkNumber(value, fits, `The histogram ${this.name} takes numbers of 0 or more`)
    this.#count++
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    const bucket = value === 0 ? Number.NEGATIVE_INFINITY : Math.ceil(Math.log2(value) * BUCKETS_A_DOUBLING)
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
  }

  recordInto(recorder: Pick<Recorder, "record">): void {
    if (this.#count === 0) return
    const { name, labels } = this
    const ascending = [...this.#buckets].toSorted(([a], [b]) => a - b)
    const buckets = ascending.map(([bucket, count]) => ({ upTo: 2 ** (bucket / BUCKETS_A_DOUBLING), count }))
    const [count, sum, min, max] = [this.#count, this.#sum, this.#min, this.#max]
    this.#count = this.#sum = this.#max = 0
    this.#min = Number.POSITIVE_INFINITY
    this.#buckets = new Map()
    recorder.record(Measured, { name, labels, count, sum, min, max, buckets })
  }
}

function checkNumber(value: number, fits: boolean, rule: string): void {
  if (typeof value !== "number") throw new TypeError(`${rule}, got ${JSON.stringify(value)}`)
  if (!fits) throw new TypeError(`${rule}, got ${value}`)
}
