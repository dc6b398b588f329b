// Where in a damaged file the next block may begin.
//
//   … head data ?????? head data sync          the marker of the first is damaged: its head says where the second begins
//   … ???????????????? head data sync head …   its head is damaged: the third begins behind the marker of the second

import { AvroError } from "../errors.ts"
import { MAX_HEAD_BYTES, parseHead } from "./block.ts"
import { type BlocksWithin, readAt } from "./block-index.ts"
import { ByteSource } from "./byte-source.ts"
import { SYNC_BYTES } from "./header.ts"
import { goToBlock } from "./stored-blocks.ts"

/** Goes over one file once, however many of its blocks are damaged. One call at a time, for places further and further. */
export class BlockSearch {
  readonly #within: BlocksWithin
  readonly #source: ByteSource
  /** Where the marker ends that was found last, or the file does that has no more. */
  #marker = 0

  constructor(path: string | URL, within: BlocksWithin) {
    this.#within = within
    this.#source = new ByteSource(path)
  }

  /** Where the block behind the one at `offset` may begin, or the file ends. */
  async behind(offset: number): Promise<number> {
    if (this.#marker <= offset) {
      await goToBlock(this.#source, offset + 1, this.#within.sync)
      // A file that has become shorter meanwhile ends before its end.
      this.#marker = this.#source.offset > offset ? this.#source.offset : this.#within.end
    }
    return (await this.#endingAt(this.#marker, offset)) ?? this.#marker
  }

  /** The block that ends with a marker, if the heads lead to it of those before it, which have lost theirs. */
  async #endingAt(marker: number, first: number): Promise<number | undefined> {
    for (let offset = first; offset < marker; ) {
      const bytes = await this.#bytesAt(offset)
      if (bytes === undefined) return undefined
      if (offset > first && offset + bytes === marker) return offset
      offset += bytes
    }
    return undefined
  }

  /** How many bytes a block says that it takes; `undefined` where there is no head of one. */
  async #bytesAt(offset: number): Promise<number | undefined> {
    const { file, maxBlockBytes } = this.#within
    const start = await readAt(file, offset, MAX_HEAD_BYTES)
    try {
      const { bytes, size } = parseHead(start, { number: 0, offset }, maxBlockBytes)
      return bytes + size + SYNC_BYTES
    } catch (error) {
      if (error instanceof AvroError) return undefined
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#source.close()
  }
}
