// @ts-check
// From the times of many rounds to one number a cell.

/** @param {number[]} numbers */
export function median(numbers) {
  return quantile(numbers, 0.5)
}

/**
 * How far apart the middle half of the numbers lies, as a share of their median.
 * @param {number[]} numbers
 */
export function scatter(numbers) {
  return (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / median(numbers)
}

/** @param {number[]} numbers */
export function geometricMean(numbers) {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length)
}

/** @param {number[]} numbers @param {number} share */
function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
