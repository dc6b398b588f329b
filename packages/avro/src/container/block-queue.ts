// Blocks on their way to a destination, in their order. While some are written, the next are filled and compressed;
// those that are ready then go out together: the way of a write to another thread and back takes longer than the write.

import { type FullBlock, MAX_UNDER_WAY, takeReady } from "./block-encoder.ts"
import type { Destination } from "./destination.ts"

export class BlockQueue {
  readonly #destination: Destination
  readonly #waiting: FullBlock[] = []
  /** How many blocks were added, and how many of them are at the destination. */
  #added = 0
  #sent = 0
  /** The blocks that go out together: what these fail with, all behind them does. */
  #sending: Promise<void> = Promise.resolve()
  #isSending = false
  #hasFailed = false
  #room: Promise<void> | undefined
  #giveRoom: (answer?: Promise<void>) => void = () => {}

  constructor(destination: Destination) {
    this.#destination = destination
  }

  /** Resolves once the blocks added so far are at the destination, or rejects with what one of them failed with. */
  sent(): Promise<void> {
    return heard(this.#sentUpTo(this.#added))
  }

  /** Adds a block. Wait for it where it returns a promise, which rejects with what a block before it failed with. */
  add(block: FullBlock): Promise<void> | undefined {
    if (this.#hasFailed) return this.#sending
    this.#waiting.push(block)
    this.#added++
    if (!this.#isSending) void this.#send()
    if (this.#waiting.length < MAX_UNDER_WAY) return undefined
    return (this.#room ??= heard(new Promise((resolve) => (this.#giveRoom = resolve))))
  }

  async #sentUpTo(added: number): Promise<void> {
    while (this.#sent < added) await this.#sending
  }

  async #send(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#waiting.length > 0) await (this.#sending = this.#sendReady())
      this.#isSending = false
    } catch {
      this.#hasFailed = true
      this.#giveRoom(this.#sending)
    }
  }

  async #sendReady(): Promise<void> {
    const ready = await takeReady(this.#waiting)
    const written = this.#destination.write(ready)
    this.#giveRoom() // who waits for it goes on while this is written
    this.#room = undefined
    await written
    this.#sent += ready.length
  }
}

/** A promise that may fail before anyone looks: whoever looks later is told all the same. */
function heard(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}
