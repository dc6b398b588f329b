// The values of a container file, one by one.

import type { OpenBlock } from "./block-values.ts"
import type { ContainerProgress, FileBlocks } from "./file-blocks.ts"
import type { ContainerHeader } from "./header.ts"

/** The values of a container file, as they are read. */
export interface ContainerValues<Value> extends AsyncIterableIterator<Value, undefined, undefined> {
  /**
   * What the file says of itself. May be asked for before, during and after the values. The file stays open: who
   * wants nothing else calls `return`.
   */
  header(): Promise<ContainerHeader>
  readonly progress: ContainerProgress
  return(): Promise<IteratorReturnResult<undefined>>
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Not a generator: a value of an open block costs one promise instead of three. */
export class Values implements ContainerValues<unknown> {
  readonly #blocks: FileBlocks
  #open: OpenBlock | undefined
  /** How many calls are waiting, and what the next one has to wait for. */
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()
  #isOver = false

  constructor(blocks: FileBlocks) {
    this.#blocks = blocks
  }

  get progress(): ContainerProgress {
    return this.#blocks.progress
  }

  header(): Promise<ContainerHeader> {
    return this.#blocks.header()
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#waiting > 0 || this.#open === undefined || this.#open.left === 0) {
      return this.#inTurn(() => this.#nextOfBlocks())
    }
    try {
      return Promise.resolve({ done: false, value: this.#open.next() })
    } catch (error) {
      return this.#inTurn(() => this.#fail(error))
    }
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    return this.#inTurn(async () => {
      await this.#end()
      return DONE
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Calls may come before those before them are answered. Once one is answered, it waits no more. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    this.#waiting++
    const turn = this.#last.then(action).finally(() => this.#waiting--)
    this.#last = turn.catch(ignore)
    return turn
  }

  async #nextOfBlocks(): Promise<IteratorResult<unknown, undefined>> {
    try {
      while (!this.#isOver) {
        if (this.#open !== undefined && this.#open.left > 0) return { done: false, value: this.#open.next() }
        if (!(await this.#openNext())) break
      }
    } catch (error) {
      return this.#fail(error)
    }
    await this.#end()
    return DONE
  }

  /** Ends the open block and opens the next; returns whether there is one. */
  async #openNext(): Promise<boolean> {
    this.#open?.end()
    const block = await this.#blocks.next()
    this.#open = await block?.open()
    this.#blocks.hasten()
    return block !== undefined
  }

  async #fail(error: unknown): Promise<never> {
    await this.#end().catch(ignore)
    throw error
  }

  async #end(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#open = undefined
    await this.#blocks.close()
  }
}

const ignore = (): void => {}
