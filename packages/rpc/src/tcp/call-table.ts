// Calls by their serials. Not a Map: one that is filled and emptied all the time leaves old tables behind
// that keep each other, and the calls in them, alive until the next full collection. With a Map the client
// spent a quarter of its time on that.

/** What is kept under a serial; the table writes it down here. */
export interface Numbered {
  serial: number
}

const FIRST_SERIAL = 2
const MAX_SERIAL = 0x7fffffff

/** At most `capacity` calls, each under a serial of its own, from 2 on and round again. */
export class CallTable<Call extends Numbered> {
  readonly #slots: (Call | undefined)[]
  #serial = FIRST_SERIAL - 1
  #size = 0

  constructor(capacity: number) {
    // A power of two, so that serials go round the slots, and twice as many, so that a free one is near.
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2))
    this.#slots = Array.from({ length: slots }, () => undefined)
  }

  get size(): number {
    return this.#size
  }

  /** Gives a call its serial. */
  add(call: Call): void {
    do this.#serial = this.#serial === MAX_SERIAL ? FIRST_SERIAL : this.#serial + 1
    while (this.#slots[this.#slotOf(this.#serial)] !== undefined)
    call.serial = this.#serial
    this.#slots[this.#slotOf(call.serial)] = call
    this.#size++
  }

  get(serial: number): Call | undefined {
    const call = this.#slots[this.#slotOf(serial)]
    return call?.serial === serial ? call : undefined
  }

  delete(call: Call): void {
    this.#slots[this.#slotOf(call.serial)] = undefined
    this.#size--
  }

  /** All calls, in no order. */
  all(): Call[] {
    return this.#slots.filter((call) => call !== undefined)
  }

  /** Takes all calls out. */
  clear(): Call[] {
    const calls = this.all()
    this.#slots.fill(undefined)
    this.#size = 0
    return calls
  }

  #slotOf(serial: number): number {
    return serial & (this.#slots.length - 1)
  }
}
