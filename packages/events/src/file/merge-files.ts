// Several files as one series of blocks, in the order of their first events.

import { NANOS_A_MILLI } from "../clock.ts"
import type { WantedEvents } from "../source.ts"
import type { FileOnDisk } from "./list-files.ts"
import type { FileBlock } from "./read-file.ts"

/** How many files are open at once: where more overlap in time, the last of them come late. */
const MAX_OPEN_FILES = 256

interface Head {
  block: FileBlock
  /** The block behind it, where it had to be looked at. */
  ahead: FileBlock | undefined
  readonly blocks: AsyncGenerator<FileBlock, undefined>
}

/** Merges files that are given by their start. Each is opened when its time has come. */
export async function* mergeFiles(
  files: readonly FileOnDisk[],
  open: (file: FileOnDisk) => AsyncGenerator<FileBlock, undefined>,
  wanted: Pick<WantedEvents, "since" | "until">,
): AsyncGenerator<FileBlock, undefined> {
  const heads: Head[] = []
  const waiting = files.toReversed()
  try {
    for (;;) {
      let first = oldest(heads)
      while (heads.length < MAX_OPEN_FILES && isDue(waiting.at(-1), first)) {
        const head = await begin(open(waiting.pop() as FileOnDisk), wanted.since)
        if (head !== undefined) heads.push(head)
        first = oldest(heads)
      }
      if (first === undefined) return
      if (wanted.until !== undefined && first.block.firstAt >= wanted.until) return
      yield first.block
      if (!(await advance(first))) heads.splice(heads.indexOf(first), 1)
    }
  } finally {
    for (const { blocks } of heads) await blocks.return(undefined)
  }
}

function oldest(heads: readonly Head[]): Head | undefined {
  let [first] = heads
  for (const head of heads) if (first !== undefined && head.block.firstAt < first.block.firstAt) first = head
  return first
}

/** Whether a file may have events before those of the oldest head. */
function isDue(file: FileOnDisk | undefined, first: Head | undefined): boolean {
  if (file === undefined) return false
  if (first === undefined) return true
  return BigInt(file.startMillis ?? 0) * NANOS_A_MILLI <= first.block.firstAt
}

/** Goes to the last block that begins before `since`: those before it have nothing that is wanted. */
async function begin(
  blocks: AsyncGenerator<FileBlock, undefined>,
  since: bigint | undefined,
): Promise<Head | undefined> {
  let { value: block } = await blocks.next()
  while (block !== undefined) {
    if (since === undefined || block.firstAt >= since) return { block, ahead: undefined, blocks }
    const { value: ahead } = await blocks.next()
    if (ahead === undefined || ahead.firstAt >= since) return { block, ahead, blocks }
    block = ahead
  }
  return undefined
}

async function advance(head: Head): Promise<boolean> {
  const block = head.ahead ?? (await head.blocks.next()).value
  head.ahead = undefined
  if (block === undefined) return false
  head.block = block
  return true
}
