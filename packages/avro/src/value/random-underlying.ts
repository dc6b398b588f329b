// A random value of a type without parts, as it is underneath its logical type: where that would refuse
// most of what its bytes can hold, one that it accepts.

import { createWriter } from "../binary/writer.ts"
import type { EnumNode, FixedNode, PrimitiveNode } from "../schema/node.ts"
import type { Random } from "./random-numbers.ts"

/** A type without parts. */
export type Leaf = PrimitiveNode | EnumNode | FixedNode

/** Makes a random value of a primitive type, an enum or a fixed. */
export function randomUnderlying(node: Leaf, random: Random): unknown {
  const { logicalType } = node
  const precision = logicalType?.decimal?.precision
  if (precision !== undefined)
    return unscaled(precision, node.type === "fixed" ? node.size : undefined, random)
  switch (`${node.type}:${logicalType?.name ?? ""}`) {
    case "int:date": // 1901 to 2038
      return random.below(50_000) - 25_000
    case "long:timestamp-millis": // the same years
      return (random.below(50_000) - 25_000) * 86_400_000 + random.below(86_400_000)
    case "string:uuid":
      return uuid(random.bytes(16))
    case "bytes:big-decimal":
      return scaled(random)
    default:
      return plain(node, random)
  }
}

function plain(node: Leaf, random: Random): unknown {
  switch (node.type) {
    case "null":
      return null
    case "boolean":
      return random.below(2) === 0
    case "int":
      return Number(random.signed(31))
    case "long": {
      if (node.bigint) return random.signed(63)
      const long = Number(random.signed(53))
      return Number.isSafeInteger(long) ? long : Number.MIN_SAFE_INTEGER // the one past it
    }
    case "float":
      return Math.fround(double(random))
    case "double":
      return double(random)
    case "bytes":
      return random.bytes(random.below(9))
    case "string":
      return random.text()
    case "enum":
      return random.pick(node.symbols)
    default:
      return random.bytes(node.size)
  }
}

/** A whole number, or one of any size with a fraction. */
function double(random: Random): number {
  const whole = Number(random.signed(31))
  return random.below(2) === 0 ? whole : whole / 10 ** random.below(12)
}

/** The bytes of a decimal of at most `precision` digits. */
function unscaled(precision: number, size: number | undefined, random: Random): Uint8Array {
  const digits = 1 + random.below(Math.min(precision, 18))
  const value = random.signed(63) % 10n ** BigInt(digits)
  const bytes = new Uint8Array(size ?? 8)
  for (let index = bytes.length - 1, rest = value; index >= 0; index--, rest >>= 8n) {
    bytes[index] = Number(BigInt.asUintN(8, rest))
  }
  return bytes
}

/** The bytes of a big-decimal. */
function scaled(random: Random): Uint8Array {
  const writer = createWriter()
  writer.writeBytes(unscaled(18, undefined, random))
  writer.writeInt(random.below(7))
  return writer.finish()
}

/** A UUID of version 4, the random one. */
function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5")
}
