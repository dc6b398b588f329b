// @ts-check
// What pairs of figures show, and how sure that is.

const RESAMPLES = 5000

/**
 * By how many percent the first of each pair is above the second, with its confidence interval of 95 %: the mean of the
 * middle half of the pairs, since a neighbour on the machine spoils some of them, and the percentiles of what that mean
 * is in pairs that are drawn from these with replacement (bootstrap).
 * @param {(readonly [number, number])[]} pairs
 */
export function percentAbove(pairs) {
  const logs = pairs.map(([one, other]) => Math.log(one / other))
  const means = Array.from({ length: RESAMPLES }, () => middleMean(drawn(logs))).toSorted((a, b) => a - b)
  const [percent = 0, from = 0, to = 0] = [
    middleMean(logs),
    means[Math.floor(0.025 * RESAMPLES)] ?? Number.NaN,
    means[Math.floor(0.975 * RESAMPLES)] ?? Number.NaN,
  ].map((log) => 100 * Math.expm1(log))
  return { percent, from, to }
}

/** @param {number[]} numbers */
function drawn(numbers) {
  return numbers.map(() => numbers[Math.floor(Math.random() * numbers.length)] ?? Number.NaN)
}

/** @param {number[]} numbers */
function middleMean(numbers) {
  const quarter = Math.floor(numbers.length / 4)
  const middle = numbers.toSorted((a, b) => a - b).slice(quarter, numbers.length - quarter)
  return middle.reduce((sum, number) => sum + number, 0) / middle.length
}

/**
 * The number that this share of the numbers does not exceed.
 * @param {number[]} numbers
 * @param {number} share
 */
export function highest(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
}
