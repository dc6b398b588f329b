// Random numbers that a seed determines, on every machine. Not for secrets.

/** A source of random things. */
export interface Random {
  /** An integer from 0 to 2³² - 1. */
  next(): number
  /** An integer from 0 to `count - 1`. */
  below(count: number): number
  /** One of several. */
  pick<T>(from: readonly T[]): T
  /** An integer of at most `bits` bits and a sign: as often small as large, and at times one of the ends. */
  signed(bits: number): bigint
  /** `size` bytes. */
  bytes(size: number): Uint8Array
  /** Text of at most 12 characters, not all of them ASCII. */
  text(): string
}

/** Makes a source of random things. Throws a `TypeError` for a seed that is not an integer. */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new TypeError(`a seed is an integer, got ${seed}`)
  // mulberry32: 32 bits of state, which is enough for data that only has to look like data.
  let state = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  const below = (count: number): number => Math.floor((next() / 2 ** 32) * count)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T
  return {
    next,
    below,
    pick,
    signed: (bits) => {
      const digits = below(16) === 0 ? -1n : (BigInt(next()) << 32n) | BigInt(next())
      const magnitude = BigInt.asUintN(digits < 0n ? bits : below(bits + 1), digits)
      return below(2) === 0 ? magnitude : -magnitude - 1n
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => below(256)),
    text: () => Array.from({ length: below(13) }, () => pick(characters)).join(""),
  }
}

const characters = Array.from("abcdefghijklmnopqrstuvwxyzABC019 _-.éß漢😀")
