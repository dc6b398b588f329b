// Finds imported files on the disk. Node is only asked for when it is used, so that what parses texts runs
// in a browser too.

/** A text, and what it is known by: a file is imported once, whatever it was called. */
export interface LoadedFile {
  readonly file: string
  readonly text: string
}

/**
 * Finds an imported file: `location` is what the import says, `importer` the `file` of what imports it, or
 * `undefined` for the first. Throws where there is none, saying where it looked.
 */
export type LoadFile = (location: string, importer: string | undefined) => LoadedFile | Promise<LoadedFile>

/** Loads files beside the one that imports them, or else from one of `folders`. */
export function fileLoader(folders: readonly string[]): LoadFile {
  return async (location, importer) => {
    const { readFile, realpath } = await import("node:fs/promises")
    const path = await import("node:path")
    const beside = importer === undefined ? "." : path.dirname(importer)
    const candidates = [...new Set([beside, ...folders].map((folder) => path.resolve(folder, location)))]
    for (const candidate of candidates) {
      try {
        const file = await realpath(candidate)
        return { file, text: await readFile(file, "utf8") }
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== "ENOENT" && code !== "ENOTDIR") throw error
      }
    }
    throw Object.assign(new Error(`there is no ${candidates.join(" and no ")}`), { code: "ENOENT" })
  }
}
