// How far each file of a directory was read.

import { declarationText, type Schema } from "@avrolet/avro"
import { EventsError } from "../errors.ts"
import { storedEvent } from "../stored-event.ts"
import type { FileOnDisk } from "./list-files.ts"
import { overAt } from "./max-age.ts"
import { type FileBlock, type Report, readFileBlocks, readFileHeader } from "./read-file.ts"

interface Reading {
  /** What its events were stored with; `undefined` where no header of ours can be read. */
  writer: Schema | undefined
  /** When its writer has left it for certain: milliseconds since 1970. */
  overMillis: number
  /** The byte behind the last block that was read. */
  end: number
  /** What it was when it was last read to its end. */
  read: FileOnDisk | undefined
}

/** Reads files on from where they were left. */
export class FileReadings {
  readonly #readings = new Map<string, Reading>()
  /** One for each text, so that what is compiled for a schema serves all files that have it. */
  readonly #schemas = new Map<string, Schema>()
  readonly #onDamage: Report

  constructor(onDamage: Report) {
    this.#onDamage = onDamage
  }

  /** Whether the reading of a file was begun. */
  has(path: string): boolean {
    return this.#readings.has(path)
  }

  /** Whether a file has changed since it was last read to its end. */
  hasMore({ path, size, modifiedMillis }: FileOnDisk): boolean {
    const read = this.#readings.get(path)?.read
    return size !== read?.size || modifiedMillis !== read.modifiedMillis
  }

  /** Whether there is nothing more to come of a file. */
  isOver(file: FileOnDisk): boolean {
    const reading = this.#readings.get(file.path)
    return reading !== undefined && !this.hasMore(file) && Date.now() > reading.overMillis
  }

  /** Forgets the files that are gone. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#readings.keys()) if (!paths.has(path)) this.#readings.delete(path)
  }

  /** The blocks of a file that were not read yet. */
  async *blocks(file: FileOnDisk): AsyncGenerator<FileBlock, undefined> {
    const reading = this.#of(file.path)
    if (reading.writer === undefined) await this.#begin(file, reading)
    if (reading.writer !== undefined) {
      for await (const block of readFileBlocks(file, reading.writer, reading.end, this.#onDamage)) {
        reading.end = block.end
        yield block
      }
    }
    reading.read = file
  }

  #of(path: string): Reading {
    let reading = this.#readings.get(path)
    if (reading === undefined) {
      reading = { writer: undefined, overMillis: Number.POSITIVE_INFINITY, end: 0, read: undefined }
      this.#readings.set(path, reading)
    }
    return reading
  }

  async #begin(file: FileOnDisk, reading: Reading): Promise<void> {
    const header = await readFileHeader(file, this.#onDamage)
    if (header === undefined) return
    reading.writer = this.#known(header.schema, file.path)
    if (reading.writer === undefined) reading.overMillis = 0
    else reading.overMillis = overAt(file.startMillis ?? 0, header) ?? Number.POSITIVE_INFINITY
  }

  #known(schema: Schema, path: string): Schema | undefined {
    const text = declarationText(schema.definition)
    const known = this.#schemas.get(text)
    if (known !== undefined) return known
    try {
      storedEvent(schema)
    } catch (cause) {
      this.#onDamage(
        new EventsError("ERR_EVENTS_FOREIGN", `${(cause as Error).message}, in ${path}`, { cause }),
      )
      return undefined
    }
    this.#schemas.set(text, schema)
    return schema
  }
}
