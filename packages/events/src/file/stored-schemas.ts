// With which schemas the events of a directory are stored: what a recorder looks at before it adds to them.

import { declarationText, type Schema } from "@avrolet/avro"
import { storedEvent } from "../stored-event.ts"
import { listEventFiles } from "./list-files.ts"
import { readFileHeader } from "./read-file.ts"

/** A schema of events, and a file that has it. */
export interface StoredSchema {
  readonly schema: Schema
  readonly path: string
}

/** Of more, the youngest are looked at: a header takes 200 µs. */
const MAX_FILES = 1000

/** The different schemas of events of these names. Files that are not ours are passed over: reading tells of them. */
export async function storedSchemas(directory: string, names: readonly string[]): Promise<StoredSchema[]> {
  const files = await listEventFiles(directory, names)
  const byText = new Map<string, StoredSchema>()
  for (const file of files.slice(-MAX_FILES)) {
    const stored = (await readFileHeader(file, () => {}))?.schema
    if (stored === undefined) continue
    const text = declarationText(stored.definition)
    if (byText.has(text)) continue
    const schema = eventWithin(stored)
    if (schema !== undefined) byText.set(text, { schema, path: file.path })
  }
  return [...byText.values()]
}

function eventWithin(stored: Schema): Schema | undefined {
  try {
    return storedEvent(stored)
  } catch {
    return undefined
  }
}
