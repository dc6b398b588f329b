// How far each file of a directory was read.

import type { Schema } from "@avrolet/avro"
import { EventsError } from "../errors.ts"
import { storedEvent } from "../stored-event.ts"
import type { EventFileName } from "./list-files.ts"
import { overAt } from "./max-age.ts"
import { type FileBlock, type Report, readFileBlocks, readFileHeader } from "./read-file.ts"

interface Reading {
  /** What its events were stored with; `undefined` where it is no file of ours. */
  readonly writer: Schema | undefined
  /** When its writer has left it for certain: milliseconds since 1970. */
  readonly overMillis: number
  /** The byte behind the last block that was read. */
  end: number
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

  /** Whether it was begun to read a file. */
  has(path: string): boolean {
    return this.#readings.has(path)
  }

  /** Whether there is nothing more to come of a file of so many bytes. */
  isOver(path: string, size: number): boolean {
    const reading = this.#readings.get(path)
    if (reading === undefined) return false
    return reading.writer === undefined || (reading.end >= size && Date.now() > reading.overMillis)
  }

  /** Whether a file has more than was read of it. */
  hasMore(path: string, size: number): boolean {
    return size > (this.#readings.get(path)?.end ?? 0)
  }

  /** Forgets the files that are gone. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#readings.keys()) if (!paths.has(path)) this.#readings.delete(path)
  }

  /** The blocks of a file that were not read yet. */
  async *blocks(file: EventFileName): AsyncGenerator<FileBlock, undefined> {
    const reading = this.#readings.get(file.path) ?? (await this.#begin(file))
    if (reading?.writer === undefined) return
    for await (const block of readFileBlocks(file, reading.writer, reading.end, this.#onDamage)) {
      reading.end = block.end
      yield block
    }
  }

  async #begin(file: EventFileName): Promise<Reading | undefined> {
    const { path, startMillis } = file
    const header = await readFileHeader(file, this.#onDamage)
    if (header === undefined) return undefined
    const overMillis = overAt(startMillis ?? 0, header) ?? Number.POSITIVE_INFINITY
    const reading = { writer: this.#known(header.schema, path), overMillis, end: 0 }
    this.#readings.set(path, reading)
    return reading
  }

  #known(schema: Schema, path: string): Schema | undefined {
    const text = JSON.stringify(schema.definition)
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
