// Arrays of integers, in loops of their own: V8 learns for each place that makes arrays what will be in them.
// A thousand longs take 6 µs where that is always a number, and 18 in a loop for items of all kinds (Node 20).

import type { Reader } from "../../binary/reader.ts"
import { readCount, readInt, readLong } from "../runtime/decode.ts"

/** An integer of any length. */
export function readInteger(op: "int" | "long", input: Reader, bytes: Uint8Array, position: number): number {
  return op === "int" ? readInt(input, bytes, position) : readLong(input, bytes, position)
}

/** An array of integers. */
export function readIntegers(
  op: "int" | "long",
  input: Reader,
  bytes: Uint8Array,
  position: number,
): number[] {
  let count = readCount(input, bytes, position, 1)
  if (count === 0) return []
  const items = Array<number>(count)
  let index = 0
  for (; count !== 0; count = readCount(input, bytes, input.position, 1)) {
    let at = input.position
    for (const end = index + count; index < end; index++) {
      const byte = bytes[at] as number
      if (byte < 0x80) {
        items[index] = (byte >>> 1) ^ -(byte & 1)
        at++
      } else {
        items[index] = readInteger(op, input, bytes, at)
        at = input.position
      }
    }
    input.position = at
  }
  return items
}
