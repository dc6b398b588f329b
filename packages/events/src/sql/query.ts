// Events → rows, by SQL. What the statement asks for is decoded into tables of a database in memory, which then
// answers it.

import type { Schema } from "@avrolet/avro"
import type { DuckDBConnection } from "@duckdb/node-api"
import type { ReadEventsOptions } from "../read-events.ts"
import type { EventSource } from "../source.ts"
import { wantedOf } from "../wanted.ts"
import { type Asked, askedBy, EVERYTHING } from "./asked.ts"
import type { AskedTime } from "./asked-time.ts"
import { type Database, type DatabaseOptions, openDatabase, sqlError } from "./duckdb.ts"
import { Loader } from "./load.ts"
import { type RowOptions, rowReader } from "./rows.ts"
import type { Wanted } from "./table.ts"

/** Which events there are tables of, and what they may take. */
export interface LoadOptions extends ReadEventsOptions, DatabaseOptions {
  /**
   * Schemas to read events as: with their defaults and aliases, whatever the events were stored with. Their tables
   * are there without an event, too.
   */
  readonly events?: readonly Schema[]
}

/** Options of `query`. */
export interface QueryOptions extends LoadOptions, RowOptions {}

/** Events in tables, to be asked more than once. */
export interface LoadedEvents {
  /**
   * The rows that a statement gives. Several may run at once, each on a connection of its own: what is temporary ends
   * with it. Throws `ERR_EVENTS_SQL`, with the statement's line and the place in it.
   */
  query<Row = Record<string, unknown>>(
    sql: string,
    options?: RowOptions,
  ): AsyncGenerator<Row, undefined, undefined>
  /** Lets go of the tables. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Asks a question of events in SQL, as DuckDB has it. There is a table for each kind of event: by its short name
 * where no other has that, and by its full one in quotes; with a number behind it, `Served_2`, where one before it
 * differs in nothing but case. Its columns are the event's fields, and `recorded_at`,
 * `recorded_at_nanos`, `host`, `pid`, `service` and `trace_id`. Only the tables and columns that the statement names are decoded.
 *
 * The statement reaches no file and no network. Throws `ERR_EVENTS_SQL` for a statement that is none, with its
 * line and the place in it, and where DuckDB is not installed (`@duckdb/node-api`); what `decode` throws; and what
 * the source throws.
 */
export async function* query<Row = Record<string, unknown>>(
  source: EventSource,
  sql: string,
  options: QueryOptions = {},
): AsyncGenerator<Row, undefined, undefined> {
  const loaded = await load(source, options, sql)
  try {
    yield* loaded.query<Row>(sql, options)
  } finally {
    await loaded.close()
  }
  return undefined
}

/** Reads all events into tables, for more than one question. Otherwise as `query`. */
export function loadEvents(source: EventSource, options: LoadOptions = {}): Promise<LoadedEvents> {
  return load(source, options)
}

/** Loads what a statement asks for, or everything. A statement may write to the one file given. */
export async function load(
  source: EventSource,
  options: LoadOptions,
  sql?: string,
  mayWrite?: string,
): Promise<LoadedEvents> {
  const database = await openDatabase(options, mayWrite)
  try {
    const asked = sql === undefined ? EVERYTHING : await askedBy(database, sql)
    const names = await fill(database, source, asked, options)
    return new Tables(database, names, options.signal)
  } catch (error) {
    await database.close()
    throw sqlError(error)
  }
}

/** Resolves to the names of all events that there are, where the source knows them. */
async function fill(
  database: Database,
  source: EventSource,
  asked: Asked,
  options: LoadOptions,
): Promise<readonly string[] | undefined> {
  const { events = [], signal } = options
  const wanted = within(wantedOf(options), asked.time)
  const loader = new Loader(database, asked, wanted, events)
  await loader.open()
  const all = await source.names?.()
  const names = all?.filter((name) => loader.wants(name))
  for await (const batch of source.read({ ...wanted, ...(names && { names }) })) {
    signal?.throwIfAborted()
    await loader.add(batch)
  }
  await loader.addEmpty(source, names ?? [])
  await loader.finish()
  return all
}

/** What is wanted of a time. */
function within(wanted: Wanted, { since, until }: AskedTime): Wanted {
  return {
    ...wanted,
    ...(since !== undefined && { since: since > (wanted.since ?? since) ? since : (wanted.since ?? since) }),
    ...(until !== undefined && { until: until < (wanted.until ?? until) ? until : (wanted.until ?? until) }),
  }
}

class Tables implements LoadedEvents {
  readonly #database: Database
  readonly #names: readonly string[] | undefined
  readonly #signal: AbortSignal | undefined

  constructor(database: Database, names: readonly string[] | undefined, signal: AbortSignal | undefined) {
    this.#database = database
    this.#names = names
    this.#signal = signal
  }

  async *query<Row>(sql: string, options: RowOptions = {}): AsyncGenerator<Row, undefined, undefined> {
    const { duckdb } = this.#database
    let connection: DuckDBConnection | undefined
    const interrupt = () => connection?.interrupt()
    this.#signal?.addEventListener("abort", interrupt)
    try {
      connection = await this.#database.connect()
      this.#signal?.throwIfAborted()
      const result = await connection.stream(sql)
      const columns = result.deduplicatedColumnNames()
      const read = rowReader(duckdb, columns, result.columnTypes(), options)
      for await (const rows of result.yieldRows()) {
        for (const row of rows) yield read(row) as Row
      }
      if (result.returnType === duckdb.ResultReturnType.INVALID) await this.#fail(connection, sql)
    } catch (error) {
      this.#signal?.throwIfAborted()
      throw sqlError(error, this.#names)
    } finally {
      this.#signal?.removeEventListener("abort", interrupt)
      connection?.closeSync()
    }
    return undefined
  }

  /** Of what fails or is interrupted among its rows DuckDB gives no more of these, and no error until it is run whole. */
  async #fail(connection: DuckDBConnection, sql: string): Promise<never> {
    this.#signal?.throwIfAborted()
    await connection.run(sql)
    throw new Error("the statement failed among its rows, and did not when it was run again")
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
