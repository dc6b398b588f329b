// Integers as two's complement, big-endian, in as few bytes as hold them: `ff7f` is -129. In a fixed,
// more bytes of their sign come before.
//
// Below 2⁵³ an integer is a number, whose bytes are two words of 32 bits: 20 ns to read and 40 to write,
// where a bigint takes 30 and 110. A bigint is cut in half until its parts are words of 64 bits (Node 20).

/**
 * The integer in the bytes from `start` to `end`: a number where that is exact, otherwise a bigint. No
 * bytes are 0. `undefined` where more than `maxBytes` follow those that only repeat the sign.
 */
export function readTwosComplement(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxBytes: number,
): number | bigint | undefined {
  const sign = start < end && (bytes[start] as number) > 0x7f ? -1 : 0
  while (start < end && bytes[start] === (sign & 0xff)) start++
  if (end - start > maxBytes) return undefined
  if (end - start <= 7) {
    const value = readNumber(bytes, start, end, sign)
    if (Number.isSafeInteger(value)) return value
  }
  const bits = readBits(bytes, start, end, sign)
  return sign === 0 ? bits : ~bits
}

/** The bytes of an integer: `size` of them, which have to suffice, or else as few as do. */
export function toTwosComplement(value: number | bigint, size = sizeOf(value)): Uint8Array {
  const bytes = new Uint8Array(size)
  if (typeof value === "number") writeNumber(bytes, 0, size, value)
  else writeBigInt(bytes, 0, size, value)
  return bytes
}

/** Seven bytes at most, after their sign: 0 or -1. Rounded where that is past 2⁵³. */
function readNumber(bytes: Uint8Array, start: number, end: number, sign: number): number {
  const middle = Math.max(start, end - 4)
  let high = sign
  for (let index = start; index < middle; index++) high = (high << 8) | (bytes[index] as number)
  let low = sign
  for (let index = middle; index < end; index++) low = (low << 8) | (bytes[index] as number)
  return high * 2 ** 32 + (low >>> 0)
}

const word = new DataView(new ArrayBuffer(8))
const wordBytes = new Uint8Array(word.buffer)

/** The bits of the bytes, each turned if the sign is -1: those of a number that is not negative. */
function readBits(bytes: Uint8Array, start: number, end: number, sign: number): bigint {
  const size = end - start
  if (size <= 8) {
    word.setBigUint64(0, 0n)
    for (let index = 0; index < size; index++) {
      wordBytes[8 - size + index] = (bytes[start + index] as number) ^ sign
    }
    return word.getBigUint64(0)
  }
  const middle = middleOf(start, end)
  const high = readBits(bytes, start, middle, sign) << BigInt(8 * (end - middle))
  return high | readBits(bytes, middle, end, sign)
}

/** Where to cut more than eight bytes, so that whole words are behind it. */
const middleOf = (start: number, end: number): number => end - 8 * ((end - start + 8) >> 4)

function sizeOf(value: number | bigint): number {
  if (typeof value === "bigint") {
    const hex = (value < 0n ? ~value : value).toString(16)
    const bits = 4 * hex.length - (Math.clz32(Number.parseInt(hex.charAt(0), 16)) - 28)
    return (bits >> 3) + 1 // there is always a bit for the sign
  }
  const bits = value < 0 ? -1 - value : value
  let size = 1
  for (let bound = 0x80; bits >= bound; bound *= 0x100) size++
  return size
}

function writeNumber(bytes: Uint8Array, start: number, end: number, value: number): void {
  let rest = value | 0
  for (let index = end - 1; index >= start; index--) {
    bytes[index] = rest // its lowest eight bits
    rest = index === end - 4 ? Math.floor(value / 2 ** 32) : rest >> 8
  }
}

function writeBigInt(bytes: Uint8Array, start: number, end: number, value: bigint): void {
  const size = end - start
  if (size <= 8) {
    word.setBigInt64(0, BigInt.asIntN(64, value))
    for (let index = 0; index < size; index++) bytes[start + index] = wordBytes[8 - size + index] as number
    return
  }
  const middle = middleOf(start, end)
  const bits = 8 * (end - middle)
  writeBigInt(bytes, start, middle, value >> BigInt(bits))
  writeBigInt(bytes, middle, end, BigInt.asUintN(bits, value))
}
