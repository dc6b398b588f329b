// Events → a file for other tools: what a statement gives, as DuckDB writes it.

import { randomUUID } from "node:crypto"
import { open, rename, rm } from "node:fs/promises"
import { basename, dirname, extname, join, resolve } from "node:path"
import { EventsError } from "../errors.ts"
import type { EventSource } from "../source.ts"
import { type LoadOptions, load } from "./query.ts"

/** How a file is written. Parquet keeps all types; CSV is that of RFC 4180, with a header; NDJSON is JSON lines. */
export type ExportFormat = "parquet" | "csv" | "ndjson"

/** Options of `exportEvents`. */
export interface ExportOptions extends LoadOptions {
  /** Default: what the destination's name ends with. */
  readonly format?: ExportFormat
}

const COPY_OPTIONS: Readonly<Record<ExportFormat, string>> = {
  parquet: "format parquet, compression zstd",
  csv: "format csv, header",
  ndjson: "format json",
}

/**
 * Writes the rows that a statement gives to a file: `exportEvents(source, "from Served", "served.parquet")`. The
 * statement is as for `query`. A file of that name is replaced, once all is written: there is never half a one.
 *
 * Returns how many rows it has. Throws a `TypeError` for a name without a format, what `query` throws, and
 * `ERR_EVENTS_SQL` for a file that cannot be written.
 */
export async function exportEvents(
  source: EventSource,
  sql: string,
  destination: string,
  options: ExportOptions = {},
): Promise<number> {
  const copy = COPY_OPTIONS[formatOf(destination, options)]
  const partial = join(dirname(resolve(destination)), `.${basename(destination)}.${randomUUID()}.partial`)
  try {
    const loaded = await load(source, options, sql, partial)
    try {
      // Behind a line's end, since the statement may end in a comment.
      const statement = `copy (${sql.replace(/;\s*$/, "")}\n) to '${partial.replaceAll("'", "''")}' (${copy})`
      const rows = loaded.query<{ Count: number }>(statement)
      let count = 0
      for await (const row of rows) count = row.Count
      await putInPlace(partial, destination)
      return count
    } finally {
      await loaded.close()
    }
  } finally {
    await rm(partial, { force: true })
  }
}

function formatOf(destination: string, { format }: ExportOptions): ExportFormat {
  const name = format ?? extname(destination).slice(1)
  if (Object.hasOwn(COPY_OPTIONS, name)) return name as ExportFormat
  throw new TypeError(`format must be parquet, csv or ndjson, got ${JSON.stringify(name)}`)
}

async function putInPlace(partial: string, destination: string): Promise<void> {
  try {
    await sync(partial)
    await rename(partial, destination)
  } catch (error) {
    const message = `Cannot write ${destination}: ${(error as Error).message}`
    throw new EventsError("ERR_EVENTS_SQL", message, { cause: error })
  }
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r+")
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
