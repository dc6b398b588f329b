// What a statement asks for, so that no more is decoded than it needs. DuckDB's own parser says so, as JSON.

import { type AskedTime, askedTime } from "./asked-time.ts"
import type { Database } from "./duckdb.ts"
import { visit } from "./syntax.ts"

/** Tables and columns by name, in lower case: SQL does not tell them apart by case. */
export interface Asked {
  /** Whether a table is asked for, by any of its names. All may be where the statement is not understood. */
  table(...names: readonly string[]): boolean
  column(name: string): boolean
  /** Of what was recorded outside of it, nothing is asked for. */
  readonly time: AskedTime
}

/** For many statements that are not known yet. */
export const EVERYTHING: Asked = { table: () => true, column: () => true, time: {} }

/** Throws what DuckDB throws for a statement that it cannot parse. */
export async function askedBy(database: Database, sql: string): Promise<Asked> {
  const { connection, duckdb } = database
  const reader = await connection.runAndReadAll(`select json_serialize_sql(${duckdb.quotedString(sql)})`)
  const tree: { readonly error: boolean; readonly statements?: readonly object[] } = JSON.parse(
    reader.getRows()[0]?.[0] as string,
  )
  if (tree.statements?.length === 0) throw new Error("the statement is empty")
  // What is no SELECT has no tree: a pivot, say. What has no syntax at all is told when it is run, with its place.
  return tree.error ? EVERYTHING : askedIn(tree, await askedTime(database, tree))
}

function askedIn(tree: object, time: AskedTime): Asked {
  const tables = new Set<string>()
  const words = new Set<string>()
  /** What stands for a whole row of a table where it is used as a column: its name, or its alias. */
  const rows = new Set<string>()
  const columns: string[] = []
  let takesAll = false
  /** Whether what is asked for stands in a text, too. */
  let runsText = false
  visit(tree, (node) => {
    const { type, ref_type, schema_name, table_name = "", alias = "", column_names } = node
    if (type === "STAR" || type === "SHOW_REF" || ref_type === "NATURAL") takesAll = true
    if (type === "POSITIONAL_REFERENCE") takesAll = true
    if (type === "BASE_TABLE") {
      // Other names for columns are given by their places: all have to be there.
      if (node.column_name_alias?.length !== 0) takesAll = true
      tables.add(`${schema_name ? `${schema_name}.` : ""}${table_name}`.toLowerCase())
      for (const name of [table_name, table_name.slice(table_name.lastIndexOf(".") + 1), alias]) {
        rows.add(name.toLowerCase())
      }
    }
    if (/^query(_table)?$/i.test(node.function_name ?? "")) runsText = true
    if (column_names?.length === 1) columns.push(String(column_names[0]).toLowerCase())
    for (const text of Object.values(node).flat()) if (typeof text === "string") words.add(text.toLowerCase())
  })
  if (runsText) return EVERYTHING
  takesAll ||= columns.some((name) => rows.has(name))
  return {
    table: (...names) => tables.size === 0 || names.some((name) => tables.has(name.toLowerCase())),
    column: (name) => takesAll || words.has(name.toLowerCase()),
    time,
  }
}
