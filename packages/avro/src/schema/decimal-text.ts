// Decimals as text, such as "-12.50", and as an unscaled integer: -1250 at a scale of 2. Below 2⁵³, where
// most decimals are, that is a number: 27 ns to parse one of ten digits and 47 to make its text, where a
// bigint takes 120 and 70 (Node 20). What is not plain and short goes the long way, which says why.

import { AvroError, describe } from "../errors.ts"
import { type Limits, limitReached } from "../limits.ts"

/** The most digits of a number that is exact. */
const NUMBER_DIGITS = 16
/** Those, a sign and a point. */
const SHORT_TEXT = NUMBER_DIGITS + 2
const powersOfTen = Array.from({ length: NUMBER_DIGITS }, (_power, exponent) => 10 ** exponent)

const MINUS = 45
const POINT = 46
const ZERO = 48

/**
 * The unscaled integer of a decimal. Throws `ERR_AVRO_VALUE` for what is no decimal in text, or does not
 * fit the precision or the scale; `ERR_AVRO_LIMIT` for more than `maxDecimalDigits`.
 */
export function parseDecimal(
  value: unknown,
  precision: number,
  scale: number,
  limits: Limits,
): number | bigint {
  if (typeof value === "string" && value.length <= SHORT_TEXT && limits.maxDecimalDigits >= SHORT_TEXT) {
    const unscaled = parseShort(value, scale)
    const fits = precision >= NUMBER_DIGITS || Math.abs(unscaled) < (powersOfTen[precision] as number)
    if (fits && Number.isSafeInteger(unscaled)) return unscaled
  }
  return parseLong(value, precision, scale, limits)
}

/** `NaN` for what is no decimal, or not of this scale. Past 2⁵³ it may be rounded, but never to below. */
function parseShort(text: string, scale: number): number {
  const { length } = text
  const first = text.charCodeAt(0) === MINUS ? 1 : 0
  let unscaled = 0
  let point = length
  for (let index = first; index < length; index++) {
    const digit = text.charCodeAt(index) - ZERO
    if (digit >= 0 && digit <= 9) unscaled = unscaled * 10 + digit
    else if (digit === POINT - ZERO && point === length) point = index
    else return Number.NaN
  }
  const fraction = point === length ? 0 : length - point - 1
  const zeros = scale - fraction
  const isComplete = point > first && point !== length - 1
  if (!isComplete || zeros < 0 || zeros >= NUMBER_DIGITS) return Number.NaN
  unscaled *= powersOfTen[zeros] as number
  return first === 0 ? unscaled : 0 - unscaled
}

function parseLong(value: unknown, precision: number, scale: number, limits: Limits): bigint {
  const match = typeof value === "string" ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) : null
  if (match === null) throw unfit('a decimal as text, such as "12.50"', value)
  const [, sign, whole = "", fraction = ""] = match
  if (whole.length + fraction.length > limits.maxDecimalDigits) throw tooManyDigits(limits)
  if (fraction.length > scale && /[^0]/.test(fraction.slice(scale))) {
    throw unfit(`a decimal of at most ${scale} digits after the point`, value)
  }
  const digits = whole + fraction.slice(0, scale).padEnd(scale, "0")
  if (digits.length > precision && digits.replace(/^0+/, "").length > precision) {
    throw unfit(`a decimal of at most ${precision} digits`, value)
  }
  return sign === "" ? BigInt(digits) : -BigInt(digits)
}

/** The text of an unscaled integer. Throws `ERR_AVRO_LIMIT` for more than `maxDecimalDigits`. */
export function formatDecimal(unscaled: number | bigint, scale: number, limits: Limits): string {
  return typeof unscaled === "number" && scale < NUMBER_DIGITS && limits.maxDecimalDigits >= NUMBER_DIGITS
    ? formatShort(unscaled, scale)
    : formatLong(unscaled, scale, limits)
}

/** Character codes, an array for each length: a string made of them is flat, where one joined is a rope. */
const codesOfLength = Array.from({ length: SHORT_TEXT + 1 }, (_codes, length) =>
  Array.from({ length }, () => 0),
)

function formatShort(unscaled: number, scale: number): string {
  const magnitude = Math.abs(unscaled)
  let digits = scale + 1
  while (digits < NUMBER_DIGITS && magnitude >= (powersOfTen[digits] as number)) digits++
  let position = digits + (scale > 0 ? 1 : 0) + (unscaled < 0 ? 1 : 0)
  const codes = codesOfLength[position] as number[]
  // In halves of eight digits: 32-bit integers, which V8 divides by multiplying.
  const high = Math.floor(magnitude / 1e8)
  let rest = (magnitude - high * 1e8) | 0
  for (let count = 0; count < digits; count++) {
    if (count === scale && count > 0) codes[--position] = POINT
    if (count === 8) rest = high | 0
    const tenth = (rest / 10) | 0
    codes[--position] = ZERO + rest - tenth * 10
    rest = tenth
  }
  if (position > 0) codes[0] = MINUS
  return String.fromCharCode.apply(undefined, codes)
}

function formatLong(unscaled: number | bigint, scale: number, limits: Limits): string {
  const text = String(unscaled)
  const sign = text.startsWith("-") ? "-" : ""
  const digits = text.length - sign.length
  if (Math.max(scale, digits) > limits.maxDecimalDigits) throw tooManyDigits(limits)
  if (scale === 0) return text
  const padded = text.slice(sign.length).padStart(scale + 1, "0")
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

/** The error of a decimal with more digits than `maxDecimalDigits`. */
export function tooManyDigits(limits: Limits): AvroError {
  return limitReached("maxDecimalDigits", limits, "a decimal has too many digits")
}

const unfit = (expected: string, got: unknown): AvroError =>
  new AvroError("ERR_AVRO_VALUE", `expected ${expected}, got ${describe(got)}`)
