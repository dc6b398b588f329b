// decimal and big-decimal: exact numbers as text, such as "-12.50".
//
//   decimal     = unscaled two's-complement big-endian integer, in bytes or a fixed; the scale is the schema's
//   big-decimal = bytes holding: unscaled:bytes scale:int
//
// https://avro.apache.org/docs/1.12.0/specification/#decimal

import { createReader } from "../binary/reader.ts"
import { createWriter } from "../binary/writer.ts"
import { AvroError } from "../errors.ts"
import type { Limits } from "../limits.ts"
import { formatDecimal, parseDecimal, tooManyDigits } from "./decimal-text.ts"
import type { Annotation, LogicalType } from "./node.ts"
import { readTwosComplement, toTwosComplement } from "./twos-complement.ts"

/** The logical type of a valid decimal annotation; `undefined` for one that is to be ignored. */
export function decimal(annotation: Annotation): LogicalType | undefined {
  const digits = decimalOf(annotation)
  if (digits === undefined) return undefined
  const { precision, scale } = digits
  const size = annotation.type === "fixed" ? annotation.size : undefined
  return {
    name: "decimal",
    kind: "string",
    decimal: digits,
    toValue: (bytes: Uint8Array, limits) =>
      formatDecimal(readUnscaled(bytes, 0, bytes.length, limits), scale, limits),
    toUnderlying: (value, limits) => {
      if (scale > limits.maxDecimalDigits) throw tooManyDigits(limits)
      return toTwosComplement(parseDecimal(value, precision, scale, limits), size)
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
    const length = reader.readLength("bytes")
    const start = reader.position
    const unscaled = readUnscaled(bytes, start, start + length, limits)
    reader.skip(length)
    const scale = reader.readInt()
    if (reader.remaining > 0) throw new AvroError("ERR_AVRO_DATA", "a big-decimal ends after its scale")
    if (scale >= 0) return formatDecimal(unscaled, scale, limits)
    if (scale < -limits.maxDecimalDigits) throw tooManyDigits(limits)
    return formatDecimal(BigInt(unscaled) * 10n ** BigInt(-scale), 0, limits)
  },
  toUnderlying: (value, limits) => {
    const scale = fractionDigits(value)
    const unscaled = toTwosComplement(parseDecimal(value, Number.POSITIVE_INFINITY, scale, limits))
    scratch.truncate(0)
    scratch.writeBytes(unscaled)
    scratch.writeInt(scale)
    return scratch.finish()
  },
}

/** To write a big-decimal in: making a writer takes five times as long as all the rest. */
const scratch = createWriter()

function readUnscaled(bytes: Uint8Array, start: number, end: number, limits: Limits): number | bigint {
  // No digit needs more than 0.42 bytes. What is longer is not even converted to be counted.
  const maxBytes = Math.ceil(limits.maxDecimalDigits * 0.42) + 1
  const unscaled = readTwosComplement(bytes, start, end, maxBytes)
  if (unscaled === undefined) throw tooManyDigits(limits)
  return unscaled
}

/** How many digits a decimal has behind the point. */
function fractionDigits(value: unknown): number {
  const point = typeof value === "string" ? value.indexOf(".") : -1
  return point === -1 ? 0 : (value as string).length - point - 1
}

/** How many decimal digits a two's-complement number of `size` bytes holds for certain. */
const digitsThatFit = (size: number): number => Math.floor(Math.log10(2) * (8 * size - 1))

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
