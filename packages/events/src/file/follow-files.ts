// What comes into a directory after all that is there has been read.

import { type FSWatcher, watch } from "node:fs"
import { join } from "node:path"
import type { WantedEvents } from "../source.ts"
import type { FileReadings } from "./file-readings.ts"
import { listEventFiles, statFile } from "./list-files.ts"
import type { FileBlock } from "./read-file.ts"
import { mayHave } from "./wanted-files.ts"

/** Gives new blocks until the signal aborts or the reading is left: each file's in their order. */
export async function* followFiles(
  directory: string,
  readings: FileReadings,
  wanted: WantedEvents,
  pollMillis: number,
): AsyncGenerator<FileBlock, undefined> {
  const { names, signal } = wanted
  const watched = new Watched(directory)
  const over = new Set<string>()
  try {
    for (;;) {
      signal?.throwIfAborted()
      const files = await listEventFiles(directory, names)
      const paths = new Set(files.map(({ path }) => path))
      readings.keep(paths)
      watched.add(names ?? files.map(({ name }) => name))
      for (const path of over) if (!paths.has(path)) over.delete(path)
      for (const listed of files) {
        const { path } = listed
        if (over.has(path)) continue
        const file = await statFile(listed)
        if (file === undefined || !(readings.has(path) || mayHave(file, wanted))) continue
        if (readings.hasMore(file)) yield* readings.blocks(file)
        if (readings.isOver(file)) over.add(path)
        signal?.throwIfAborted()
      }
      await watched.change(pollMillis, signal)
    }
  } finally {
    watched.close()
  }
}

/** Tells of changes as soon as the file system does. Where it does not, there is the poll. */
class Watched {
  readonly #directory: string
  readonly #watchers = new Map<string, FSWatcher>()
  #hasChanged = false
  #wake: (() => void) | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Watches the directory and the folders of these names, as far as they are there. */
  add(names: readonly string[]): void {
    this.#watch(this.#directory)
    for (const name of new Set(names)) this.#watch(join(this.#directory, name))
  }

  /** Resolves at a change since the last call, after `pollMillis`, or when the signal aborts. */
  async change(pollMillis: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return // before anybody listened
    if (!this.#hasChanged) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMillis)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
        signal?.addEventListener("abort", this.#wake, { once: true })
      })
      if (this.#wake !== undefined) signal?.removeEventListener("abort", this.#wake)
      this.#wake = undefined
    }
    this.#hasChanged = false
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return
    try {
      const watcher = watch(folder, () => {
        this.#hasChanged = true
        this.#wake?.()
      })
      watcher.on("error", () => this.#forget(folder, watcher))
      this.#watchers.set(folder, watcher)
    } catch {
      // not there yet, or there are too many watchers: the poll finds it
    }
  }

  #forget(folder: string, watcher: FSWatcher): void {
    watcher.close()
    this.#watchers.delete(folder)
  }
}
