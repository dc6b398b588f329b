// @ts-check
// Random values that are the same in every run and in every process: one stream of numbers a seed.

const ASCII = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_- "
const NAMES = "abcdefghijklmnopqrstuvwxyz0123456789"
const MIXED = [..."éèàüößñçøå漢字テスト한국어Привет🙂🚀"]

/** @typedef {ReturnType<typeof createRandom>} Random */

/** @param {number} seed */
export function createRandom(seed) {
  const next = mulberry32(seed)
  const int = (/** @type {number} */ from, /** @type {number} */ below) =>
    from + Math.floor(next() * (below - from))
  const text = (/** @type {ArrayLike<string>} */ alphabet, /** @type {number} */ length) =>
    flat(Array.from({ length }, () => alphabet[int(0, alphabet.length)]).join(""))

  return {
    /** At least `from`, below `below`. */
    int,
    /** 0 or more, below 1. */
    fraction: next,
    chance: (/** @type {number} */ probability) => next() < probability,
    /** @template T @param {readonly T[]} items @returns {T} */
    pick: (items) => /** @type {T} */ (items[int(0, items.length)]),
    /** @template T @param {number} length @param {(index: number) => T} make @returns {T[]} */
    list: (length, make) => Array.from({ length }, (_, index) => make(index)),
    bytes: (/** @type {number} */ length) => Buffer.from(Array.from({ length }, () => int(0, 256))),
    /** Spread over the magnitudes, so that every length of a varint occurs; exact as a number. */
    long: () => Math.floor((next() - 0.5) * 2 ** int(1, 53)),
    millis: () => 1_700_000_000_000 + int(0, 1e10),
    ascii: (/** @type {number} */ length) => text(ASCII, length),
    /** Lower-case letters and digits: an identifier, a host, a key. */
    name: (/** @type {number} */ length) => text(NAMES, length),
    /** Half ASCII, half from several scripts. */
    mixed: (/** @type {number} */ length) =>
      flat(Array.from({ length }, () => (next() < 0.5 ? MIXED[int(0, MIXED.length)] : "x")).join("")),
    /** Of one script: characters from `first` to `last`, and spaces. */
    script: (/** @type {string} */ first, /** @type {string} */ last, /** @type {number} */ length) => {
      const from = /** @type {number} */ (first.codePointAt(0))
      const below = /** @type {number} */ (last.codePointAt(0)) + 1
      const characters = Array.from({ length }, () =>
        next() < 0.12 ? " " : String.fromCodePoint(int(from, below)),
      )
      return flat(characters.join(""))
    },
  }
}

/**
 * The string as it would come from a socket: contiguous, not a rope of what it was joined from.
 * @param {string} text
 */
function flat(text) {
  return Buffer.from(text).toString()
}

/** @param {number} seed */
function mulberry32(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
