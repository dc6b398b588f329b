// The keys of maps. Most come again and again: the string made for one serves for the next with the same
// bytes. Where they do not, looking for them costs more than it saves, and so do shapes: V8 gives objects of
// the same keys a shape in common, which takes twice the time if none ever has the same.

import type { Reader } from "../../binary/reader.ts"
import { readLength, readString } from "./decode.ts"

const MAX_KEY_BYTES = 32
const SLOTS = 512
/** After so many misses in excess of hits, the cache rests for 64 times as many keys. */
const PATIENCE = 512

interface Slot {
  readonly bytes: Uint8Array
  readonly text: string
}

/** What one place in a schema knows of its maps. */
export class Keys {
  #slots: (Slot | undefined)[] | undefined
  #misses = 0
  #resting = 0

  /** An empty map. */
  createMap(): Record<string, unknown> {
    if (this.#resting === 0) return {}
    return Object.setPrototypeOf(Object.create(null), Object.prototype) // a hash table from the start
  }

  /** Reads a key. */
  read(reader: Reader, bytes: Uint8Array, position: number): string {
    const length = readLength(reader, bytes, position)
    const start = reader.position
    if (length === 0 || length > MAX_KEY_BYTES || this.#resting > 0) {
      if (this.#resting > 0 && --this.#resting === 0) this.#misses = 0
      return readString(reader, bytes, position)
    }
    const end = start + length
    const slots = (this.#slots ??= Array.from({ length: SLOTS }, () => undefined))
    const index = slotOf(bytes, start, end)
    const known = slots[index]
    if (known !== undefined && isSame(known.bytes, bytes, start, length)) {
      if (this.#misses > 0) this.#misses--
      reader.position = end
      return known.text
    }
    if (++this.#misses > PATIENCE) this.#rest()
    // As the name of a property: V8 then has the one copy of it that all objects share.
    const [text = ""] = Object.keys({ [readString(reader, bytes, position)]: 0 })
    // Copied, which `slice` does not do to a Buffer: the message may change.
    slots[index] = { bytes: new Uint8Array(bytes.subarray(start, end)), text }
    return text
  }

  #rest(): void {
    this.#resting = PATIENCE * 64
    this.#slots = undefined
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const first = bytes[start] as number
  const middle = bytes[start + (length >> 1)] as number
  const last = bytes[end - 1] as number
  return ((length * 37) ^ (first * 7) ^ (middle * 29) ^ (last * 113)) & (SLOTS - 1)
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false
  for (let index = 0; index < length; index++) if (known[index] !== bytes[start + index]) return false
  return true
}
