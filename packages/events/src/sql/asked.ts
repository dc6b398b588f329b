// What a statement asks for, so that no more is decoded than it needs. DuckDB's own parser says so, as JSON.

import type { Database } from "./duckdb.ts"

/** Tables and columns by name, in lower case: SQL does not tell them apart by case. */
export interface Asked {
  /** Whether a table is asked for, by any of its names. All may be where the statement is not understood. */
  table(...names: readonly string[]): boolean
  column(name: string): boolean
}

/** For many statements that are not known yet. */
export const EVERYTHING: Asked = { table: () => true, column: () => true }

/** What of an AST is looked at. */
interface SyntaxNode {
  readonly type?: unknown
  readonly schema_name?: string
  readonly table_name?: string
  readonly alias?: string
  readonly ref_type?: unknown
  readonly column_names?: readonly string[]
}

/** Throws what DuckDB throws for a statement that it cannot parse. */
export async function askedBy({ connection, duckdb }: Database, sql: string): Promise<Asked> {
  const reader = await connection.runAndReadAll(`select json_serialize_sql(${duckdb.quotedString(sql)})`)
  const tree: { error: boolean; error_type?: string } = JSON.parse(reader.getRows()[0]?.[0] as string)
  // What is no SELECT has no tree: a pivot, say. What has no syntax at all is told when it is run, with its place.
  if (tree.error) return EVERYTHING
  const tables = new Set<string>()
  const words = new Set<string>()
  let takesAll = false
  visit(tree, (node) => {
    if (node.type === "STAR" || node.ref_type === "NATURAL") takesAll = true
    if (node.type === "BASE_TABLE") {
      const schema = node.schema_name ? `${node.schema_name}.` : ""
      tables.add(`${schema}${node.table_name}`.toLowerCase())
    }
    for (const value of Object.values(node)) {
      for (const text of Array.isArray(value) ? value : [value]) {
        if (typeof text === "string") words.add(text.toLowerCase())
      }
    }
  })
  // A table's name in place of a column is its whole row.
  visit(tree, ({ column_names }) => {
    if (column_names?.length === 1 && isTable(tree, String(column_names[0]).toLowerCase())) takesAll = true
  })
  return {
    table: (...names) => names.some((name) => tables.has(name.toLowerCase())),
    column: (name) => takesAll || words.has(name.toLowerCase()),
  }
}

function isTable(tree: unknown, name: string): boolean {
  let found = false
  visit(tree, ({ type, table_name, alias }) => {
    const short = table_name?.slice(table_name.lastIndexOf(".") + 1)
    if (type === "BASE_TABLE" && [table_name, short, alias].some((each) => each?.toLowerCase() === name))
      found = true
  })
  return found
}

function visit(tree: unknown, visitor: (node: SyntaxNode) => void): void {
  if (typeof tree !== "object" || tree === null) return
  if (!Array.isArray(tree)) visitor(tree)
  for (const child of Object.values(tree)) visit(child, visitor)
}
