// How stored events are read as those that are wanted, if they are.

import { declarationText, incompatibilities, type Schema } from "@avrolet/avro"
import { EventsError } from "./errors.ts"
import { kindOf } from "./kind.ts"
import { namesOf } from "./names.ts"
import type { StoredEvents } from "./source.ts"
import { storedEvent } from "./stored-event.ts"

/** How the events of some bytes are read. */
export interface StoredFormat<Value> {
  readonly schema: Schema<Value, unknown>
  /** The schema they were written with, where it is another. */
  readonly writer: Schema | undefined
}

/** How the events of each stored schema are read: sources give the same schema for all events of a file. */
export class StoredFormats<Value> {
  readonly #event: Schema<Value, unknown>
  readonly #names: readonly string[]
  readonly #known = new WeakMap<Schema, StoredFormat<Value>>()

  constructor(event: Schema<Value, unknown>) {
    this.#event = event
    this.#names = namesOf(event)
  }

  /** Tells of those that are none of ours. Throws `ERR_EVENTS_SCHEMA` for those that cannot be read. */
  of(
    { writer, place = "a source" }: StoredEvents,
    onDamage: (error: EventsError) => void,
  ): StoredFormat<Value> | undefined {
    let format = this.#known.get(writer)
    if (format !== undefined) return format
    try {
      format = this.#formatOf(writer, place)
    } catch (error) {
      if (!(error instanceof EventsError) || error.code !== "ERR_EVENTS_FOREIGN") throw error
      onDamage(error)
      return undefined
    }
    this.#known.set(writer, format)
    return format
  }

  #formatOf(stored: Schema, place: string): StoredFormat<Value> {
    const schema = this.#event
    const writer = storedEvent(stored)
    if (!this.#names.includes(writer.name ?? "")) {
      throw new EventsError(
        "ERR_EVENTS_FOREIGN",
        `Not events of ${schema.name} but of ${writer.name} in ${place}`,
      )
    }
    if (isSame(stored, kindOf(schema).stored)) return { schema, writer: undefined }
    const always = incompatibilities(schema, writer).find(({ when }) => when === "always")
    if (always === undefined) return { schema, writer }
    throw new EventsError(
      "ERR_EVENTS_SCHEMA",
      `Cannot read the events of ${writer.name} in ${place}: ${`${always.path} ${always.message}`.trim()}`,
    )
  }
}

const isSame = (a: Schema, b: Schema): boolean =>
  declarationText(a.definition) === declarationText(b.definition)
