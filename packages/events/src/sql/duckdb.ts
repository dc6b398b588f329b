// DuckDB, where it is installed: an optional peer, which nothing but `@avrolet/events/sql` loads.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { DuckDBConnection } from "@duckdb/node-api"
import { checkIntegers } from "../check-options.ts"
import { EventsError } from "../errors.ts"

/** The module of DuckDB's client. */
export type DuckDB = typeof import("@duckdb/node-api")

/** What a database may use. */
export interface DatabaseOptions {
  /** How much memory it may take; what is more goes to a temporary folder. Default 1024. */
  readonly maxMemoryMegabytes?: number
}

/** A database in memory, which nothing outside of this process can reach. */
export interface Database {
  readonly duckdb: DuckDB
  /** For whoever fills it, one statement after another. */
  readonly connection: DuckDBConnection
  /** Makes a further connection, to be closed by the caller: a statement ends the rows of the one before it. */
  connect(): Promise<DuckDBConnection>
  close(): Promise<void>
}

/**
 * Opens an empty database, which may write one file or none. Throws `ERR_EVENTS_SQL` where DuckDB is not installed, and a
 * `TypeError` for an option that is none.
 */
export async function openDatabase(
  { maxMemoryMegabytes = 1024 }: DatabaseOptions,
  mayWrite: string | undefined,
): Promise<Database> {
  checkIntegers({ maxMemoryMegabytes })
  const duckdb = await load()
  const folder = await mkdtemp(join(tmpdir(), "avrolet-sql-"))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const instance = await duckdb.DuckDBInstance.create(":memory:", {
      memory_limit: `${maxMemoryMegabytes}MB`,
      temp_directory: join(folder, "spill"),
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    })
    const connection = await instance.connect()
    await connection.run("set global TimeZone = 'UTC'")
    if (mayWrite !== undefined) await connection.run(`set allowed_paths = [${duckdb.quotedString(mayWrite)}]`)
    await connection.run("set enable_external_access = false")
    await connection.run("set lock_configuration = true")
    const close = async () => {
      connection.closeSync()
      instance.closeSync()
      await remove()
    }
    return { duckdb, connection, connect: () => instance.connect(), close }
  } catch (error) {
    await remove()
    throw error
  }
}

async function load(): Promise<DuckDB> {
  try {
    return await import("@duckdb/node-api")
  } catch (error) {
    const message = "SQL needs DuckDB, which cannot be loaded here: npm install @duckdb/node-api"
    throw new EventsError("ERR_EVENTS_SQL", message, { cause: error })
  }
}

/** An error of DuckDB's, with its text: that has the line, and the place in it. Any other as it is. */
export function sqlError(error: unknown, names?: readonly string[]): unknown {
  if (!(error instanceof Error) || error.name !== "Error") return error
  const remedy = /Table with name .+ does not exist/.test(error.message) ? tablesThereAre(names) : ""
  return new EventsError("ERR_EVENTS_SQL", `Cannot query events: ${error.message}${remedy}`, { cause: error })
}

function tablesThereAre(names: readonly string[] | undefined): string {
  const there = names?.length === 0 ? "no events at all" : `events of ${names?.join(", ")}`
  return (
    `\n\n${names === undefined ? "" : `There are ${there}. `}` +
    "What was not recorded has a table where { events: [schema] } has its schema."
  )
}
