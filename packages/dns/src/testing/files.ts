// Files of the system, as a test wants them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder that is removed with `using`. */
export interface Folder extends Disposable {
  /** Writes a file and gives its path. */
  readonly write: (name: string, text: string) => string
  readonly path: (name: string) => string
}

export function createFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), "avrolet-dns-"))
  const path = (name: string): string => join(folder, name)
  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text)
      return path(name)
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  }
}
