// @ts-check
// What pairs of figures show, and how sure that is.

/** Of Student's distribution, two-sided 95 %, by degrees of freedom from 1. */
const STUDENT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13]

/**
 * By how many percent less gets done in the same time, with the confidence interval of 95 %: from costs that were
 * measured in pairs, one after the other.
 * @param {number[]} costs
 * @param {number[]} costsOfNothing The first ones of the same length are their pairs.
 */
export function slowdown(costs, costsOfNothing) {
  const logs = costs.map((cost, i) => Math.log(cost / (costsOfNothing[i] ?? Number.NaN)))
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (logs.length - 1)
  const half = (STUDENT[logs.length - 2] ?? 2) * Math.sqrt(variance / logs.length)
  const [percent = 0, from = 0, to = 0] = [mean, mean - half, mean + half].map(
    (log) => 100 * (1 - Math.exp(-log)),
  )
  return { percent, from, to }
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
