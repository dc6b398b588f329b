// Stored events → tables of DuckDB: one for each kind of event that is asked for, and its names.

import type { Schema } from "@avrolet/avro"
import type { EventsError } from "../errors.ts"
import { kindOf } from "../kind.ts"
import { namesOf } from "../names.ts"
import type { EventSource, StoredEvents } from "../source.ts"
import { storedEvent } from "../stored-event.ts"
import type { Asked } from "./asked.ts"
import type { Database } from "./duckdb.ts"
import { isSameName, Table, type Wanted } from "./table.ts"
import { distinct } from "./types.ts"

/** Namespaces that are DuckDB's own: it makes nothing of ours there. */
const OF_DUCKDB = new Set(["main", "temp", "memory", "system", "pg_catalog", "information_schema"])

/** Fills the tables of a database with the events that are asked for. */
export class Loader {
  readonly #database: Database
  readonly #asked: Asked
  readonly #wanted: Wanted
  /** Schemas to read events as, by the names that these may be stored under. */
  readonly #readers = new Map<string, Schema>()
  /** The names of tables by those of events. */
  readonly #names = new Map<string, string>()
  readonly #tables = new Map<string, Table>()

  constructor(database: Database, asked: Asked, wanted: Wanted, readers: readonly Schema[]) {
    this.#database = database
    this.#asked = asked
    this.#wanted = wanted
    for (const reader of readers) for (const name of namesOf(reader)) this.#readers.set(name, reader)
  }

  /** Creates the tables that there are even without an event. */
  async open(): Promise<void> {
    for (const reader of this.#readers.values()) {
      const name = this.#named(kindOf(reader).name)
      if (this.#isAsked(name)) await this.#table(name).layout(reader)
    }
  }

  /** Creates the tables of events that were recorded, though not in the time that is asked for. */
  async addEmpty(source: EventSource, names: readonly string[]): Promise<void> {
    for (const name of names.filter((each) => !this.#tables.has(this.#tableName(each)))) {
      const table = this.#tableName(name)
      for (const event of (await source.schemas?.(name)) ?? []) await this.#table(table).layout(event)
    }
  }

  /** Whether events that are stored under a name are asked for. */
  wants(name: string): boolean {
    return this.#isAsked(this.#tableName(name))
  }

  /** Events that are none of ours are told, and left out. */
  async add(batch: StoredEvents): Promise<void> {
    if (!this.wants(batch.name)) return
    const event = this.#readers.get(batch.name) ?? this.#storedEvent(batch)
    if (event !== undefined) await this.#table(this.#tableName(batch.name)).add(batch, event)
  }

  #tableName(name: string): string {
    return this.#named(this.#readers.get(name)?.name ?? name)
  }

  /** The table's name for an event's: SQL does not tell names apart by case, so further ones get a number. */
  #named(event: string): string {
    let name = this.#names.get(event)
    if (name === undefined) {
      name = distinct([...this.#names.values(), event]).at(-1) as string
      this.#names.set(event, name)
    }
    return name
  }

  #storedEvent({ writer }: StoredEvents): Schema | undefined {
    try {
      return storedEvent(writer)
    } catch (error) {
      this.#wanted.onDamage(error as EventsError)
      return undefined
    }
  }

  /** Makes the names by which tables are found beside their own. */
  async finish(): Promise<void> {
    const { connection, duckdb } = this.#database
    const { quotedIdentifier: quoted } = duckdb
    const names = [...this.#tables.keys()]
    for (const [name, table] of this.#tables) {
      table.finish()
      const dot = name.lastIndexOf(".")
      const [namespace, short] = [name.slice(0, Math.max(dot, 0)), shortName(name)]
      if (dot < 0) continue
      const isAlone = names.every((other) => other === name || !isSameName(shortName(other), short))
      if (isAlone) await connection.run(`create view ${quoted(short)} as from ${quoted(name)}`)
      if (OF_DUCKDB.has(namespace.toLowerCase())) continue
      await connection.run(`create schema if not exists ${quoted(namespace)}`)
      await connection.run(`create view ${quoted(namespace)}.${quoted(short)} as from main.${quoted(name)}`)
    }
  }

  #isAsked(name: string): boolean {
    return this.#asked.table(name, shortName(name))
  }

  #table(name: string): Table {
    let table = this.#tables.get(name)
    if (table === undefined) {
      table = new Table(this.#database, name, this.#asked, this.#wanted)
      this.#tables.set(name, table)
    }
    return table
  }
}

const shortName = (name: string): string => name.slice(name.lastIndexOf(".") + 1)
