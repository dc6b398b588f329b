// decimal and big-decimal: exact numbers as text, such as "-12.50".
//
//   decimal     = unscaled two's-complement big-endian integer, in bytes or a fixed; the scale is the schema's
//   big-decimal = bytes holding: unscaled:bytes scale:int
//
// https://avro.apache.org/docs/1.12.0/specification/#decimal

import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { AvroError, describe } from "../errors.ts"
import { type Limits, limitReached } from "../limits.ts"
import type { Annotation, LogicalType } from "./node.ts"

/** The logical type of a valid decimal annotation; `undefined` for one that is to be ignored. */
export function decimal(annotation: Annotation): LogicalType | undefined {
  const { type, size } = annotation
  const digits = decimalOf(annotation)
  if (digits === undefined) return undefined
  const { precision, scale } = digits
  return {
    name: "decimal",
    kind: "string",
    decimal: digits,
    toValue: (bytes: Uint8Array, limits) => toText(fromTwosComplement(bytes, limits), scale, limits),
    toUnderlying: (value, limits) => {
      if (scale > limits.maxDecimalDigits) throw tooManyDigits(limits)
      const parsed = parseDecimal(value, limits)
      const shifted = parsed.unscaled * 10n ** BigInt(Math.max(0, scale - parsed.scale))
      const excess = 10n ** BigInt(Math.max(0, parsed.scale - scale))
      if (shifted % excess !== 0n) throw unfit(`a decimal of at most ${scale} digits after the point`, value)
      const unscaled = shifted / excess
      if (countDigits(unscaled) > precision) throw unfit(`a decimal of at most ${precision} digits`, value)
      return toTwosComplement(unscaled, type === "fixed" ? size : undefined)
    },
  }
}

/** What writer and reader of a decimal have to agree on; `undefined` for an invalid annotation. */
export function decimalOf({ type, size, precision, scale = 0 }: Annotation): LogicalType["decimal"] {
  if (!isCount(precision) || precision === 0 || !isCount(scale) || scale > precision) return undefined
  if (type === "fixed" && precision > digitsThatFit(size ?? 0)) return undefined
  return { precision, scale }
}

/** A decimal that carries its scale with it. */
export const bigDecimal: LogicalType = {
  name: "big-decimal",
  kind: "string",
  toValue: (bytes: Uint8Array, limits) => {
    const reader = createReader(bytes)
    const unscaled = fromTwosComplement(reader.readBytes(), limits)
    const scale = reader.readInt()
    if (reader.remaining > 0) throw new AvroError("ERR_AVRO_DATA", "a big-decimal ends after its scale")
    if (scale < -limits.maxDecimalDigits) throw tooManyDigits(limits)
    return scale < 0 ? toText(unscaled * 10n ** BigInt(-scale), 0, limits) : toText(unscaled, scale, limits)
  },
  toUnderlying: (value, limits) => {
    const { unscaled, scale } = parseDecimal(value, limits)
    const writer = createWriter()
    writer.writeBytes(toTwosComplement(unscaled))
    writer.writeInt(scale)
    return writer.finish()
  },
}

function parseDecimal(value: unknown, limits: Limits): { unscaled: bigint; scale: number } {
  const match = typeof value === "string" ? /^(-?)(\d+)(?:\.(\d+))?$/.exec(value) : null
  if (match === null) throw unfit('a decimal as text, such as "12.50"', value)
  const [, sign = "", whole = "", fraction = ""] = match
  if (whole.length + fraction.length > limits.maxDecimalDigits) throw tooManyDigits(limits)
  return { unscaled: BigInt(`${sign}${whole}${fraction}`), scale: fraction.length }
}

function toText(unscaled: bigint, scale: number, limits: Limits): string {
  if (Math.max(scale, countDigits(unscaled)) > limits.maxDecimalDigits) throw tooManyDigits(limits)
  if (scale === 0) return String(unscaled)
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0")
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function fromTwosComplement(bytes: Uint8Array, limits: Limits): bigint {
  const negative = (bytes[0] ?? 0) > 0x7f
  const padding = negative ? 0xff : 0
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === padding) start++ // sign bytes say nothing
  const significant = bytes.subarray(start)
  // No digit needs more than 0.42 bytes. What is longer is not even converted to be counted.
  if (significant.length > Math.ceil(limits.maxDecimalDigits * 0.42) + 1) throw tooManyDigits(limits)
  if (significant.length <= SMALL_BYTES) return BigInt(significant.reduce(shiftIn, negative ? -1 : 0))
  const hex = Array.from(significant, (byte) => byte.toString(16).padStart(2, "0")).join("")
  const unsigned = BigInt(hex === "" ? 0 : `0x${hex}`)
  return negative ? unsigned - (1n << BigInt(significant.length * 8)) : unsigned
}

/** Six bytes and their sign are exact in a number, and ten times as fast as through a bigint's text. */
const SMALL_BYTES = 6
const SMALL_LIMIT = 2n ** 47n

const shiftIn = (number: number, byte: number): number => number * 256 + byte

function toTwosComplement(value: bigint, size?: number): Uint8Array {
  if (value < SMALL_LIMIT && value >= -SMALL_LIMIT) return smallToTwosComplement(Number(value), size)
  const magnitude = value < 0n ? -value - 1n : value
  // One bit more than the magnitude, for the sign.
  const bits = magnitude === 0n ? 1 : magnitude.toString(2).length + 1
  const length = Math.ceil(bits / 8)
  const hex = BigInt.asUintN(length * 8, value)
    .toString(16)
    .padStart(length * 2, "0")
  const start = (size ?? length) - length
  const bytes = new Uint8Array(start + length).fill(value < 0n ? 0xff : 0, 0, start)
  for (let index = 0; index < length; index++) {
    bytes[start + index] = Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16)
  }
  return bytes
}

function smallToTwosComplement(value: number, size?: number): Uint8Array {
  let length = 1
  while (value >= 128 * 256 ** (length - 1) || value < -128 * 256 ** (length - 1)) length++
  const bytes = new Uint8Array(size ?? length)
  let rest = value
  for (let index = bytes.length - 1; index >= 0; index--) {
    bytes[index] = rest % 256 // a typed array takes a negative number modulo 256
    rest = Math.floor(rest / 256)
  }
  return bytes
}

const countDigits = (value: bigint): number => String(value < 0n ? -value : value).length

/** How many decimal digits a two's-complement number of `size` bytes holds for certain. */
const digitsThatFit = (size: number): number => Math.floor(Math.log10(2) * (8 * size - 1))

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const tooManyDigits = (limits: Limits): AvroError =>
  limitReached("maxDecimalDigits", limits, "a decimal has too many digits")

const unfit = (expected: string, got: unknown): AvroError =>
  new AvroError("ERR_AVRO_VALUE", `expected ${expected}, got ${describe(got)}`)
