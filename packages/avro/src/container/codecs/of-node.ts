// How what Node has of libraries decompresses a block: at once where it is small, else in another thread.

/** Options of Node's own. */
export interface DecompressOptions {
  /** What is made in one step: each goes through the event loop. */
  readonly chunkSize: number
  readonly maxOutputLength: number
}

type Decompress<Result> = (data: Uint8Array, options: DecompressOptions) => Result

/** What takes less time to decompress than on its way to another thread and back. */
const SMALL_BYTES = 64 * 1024
/** What is expected of it; what turns out larger, of which there may be much, goes to another thread after all. */
const MAX_OF_SMALL_BYTES = 256 * 1024

/**
 * Decompresses at once or elsewhere. `undefined` where more than `maxOutputLength` comes of it; throws what the
 * library throws for what is damaged.
 */
export function eitherWay(
  atOnce: Decompress<Uint8Array>,
  elsewhere: Decompress<Promise<Uint8Array>>,
): Decompress<Promise<Uint8Array | undefined>> {
  return async (data, { chunkSize, maxOutputLength }) => {
    const within = (maxBytes: number): DecompressOptions => ({
      chunkSize: Math.min(chunkSize, Math.max(maxBytes, MAX_OF_SMALL_BYTES)),
      maxOutputLength: Math.max(1, Math.min(maxBytes, maxOutputLength)),
    })
    const small = within(MAX_OF_SMALL_BYTES)
    const block = data.length <= SMALL_BYTES ? await unlessLarger(async () => atOnce(data, small)) : undefined
    return block ?? unlessLarger(() => elsewhere(data, within(maxOutputLength)))
  }
}

async function unlessLarger(decompress: () => Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await decompress()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") return undefined
    throw error
  }
}
