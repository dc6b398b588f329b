// Blocks on their way to a destination, in their order. While some are written, the next are filled and compressed;
// those that are ready then go out together: the way of a write to another thread and back takes longer than the write.

import { type FullBlock, MAX_UNDER_WAY, takeReady } from "./block-encoder.ts"
import type { Destination } from "./destination.ts"

export class BlockQueue {
  readonly #destination: Destination
  readonly #waiting: FullBlock[] = []
  #sent: Promise<void> = Promise.resolve()
  #isSending = false
  #hasFailed = false
  #room: Promise<void> | undefined
  #giveRoom: (answer?: Promise<void>) => void = () => {}

  constructor(destination: Destination) {
    this.#destination = destination
  }

  /** Resolves once all blocks are at the destination. What one of them failed with, this rejects with from then on. */
  get sent(): Promise<void> {
    return this.#sent
  }

  /** Adds a block. Wait for it where it returns a promise, which rejects with what a block before it failed with. */
  add(block: FullBlock): Promise<void> | undefined {
    if (this.#hasFailed) return this.#sent
    this.#waiting.push(block)
    if (!this.#isSending) this.#sent = heard(this.#send())
    if (this.#waiting.length < MAX_UNDER_WAY) return undefined
    return (this.#room ??= heard(new Promise((resolve) => (this.#giveRoom = resolve))))
  }

  async #send(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#waiting.length > 0) await this.#sendReady()
      this.#isSending = false
    } catch (error) {
      this.#hasFailed = true
      this.#giveRoom(this.#sent)
      throw error
    }
  }

  async #sendReady(): Promise<void> {
    const written = this.#destination.write(await takeReady(this.#waiting))
    this.#giveRoom() // who waits for it goes on while this is written
    this.#room = undefined
    await written
  }
}

/** A promise that may fail before anyone looks: whoever looks later is told all the same. */
function heard(promise: Promise<void>): Promise<void> {
  promise.catch(() => {})
  return promise
}
