// The time that a statement asks for, so that files of other times are not opened: bounds on `recorded_at` in the WHERE
// of the one place where a table is read. Whatever is not surely such a bound is left to the statement itself.

import type { Database } from "./duckdb.ts"
import { type SyntaxNode, visit } from "./syntax.ts"

/** Nanoseconds since 1970. What was recorded outside is not asked for; the statement may ask for less. */
export interface AskedTime {
  readonly since?: bigint
  readonly until?: bigint
}

/** Reads the bounds from a statement's tree. Their expressions are evaluated by DuckDB: `now() - interval 1 hour`. */
export async function askedTime(database: Database, tree: object): Promise<AskedTime> {
  let [since, until]: (bigint | undefined)[] = []
  for (const { isLower, expression } of boundsIn(tree)) {
    const micros = await evaluated(database, expression)
    if (micros === undefined) continue
    if (isLower && (since === undefined || micros * 1000n > since)) since = micros * 1000n
    // Up to the end of the microsecond: `<=` has it.
    const end = (micros + 1n) * 1000n
    if (!isLower && (until === undefined || end < until)) until = end
  }
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) }
}

interface Bound {
  readonly isLower: boolean
  readonly expression: SyntaxNode
}

function boundsIn(tree: object): Bound[] {
  const bounds: Bound[] = []
  let tables = 0
  visit(tree, ({ type, from_table, where_clause }) => {
    if (type === "BASE_TABLE") tables++
    if (from_table?.type !== "BASE_TABLE" || from_table.column_name_alias?.length !== 0) return
    if (where_clause) bounds.push(...conditionsOf(where_clause).flatMap((node) => boundsOf(node, from_table)))
  })
  return tables === 1 ? bounds : []
}

/** What has to hold, all together. */
const conditionsOf = (node: SyntaxNode): readonly SyntaxNode[] =>
  node.type === "CONJUNCTION_AND" ? (node.children ?? []).flatMap(conditionsOf) : [node]

function boundsOf({ type, left, right, input, lower, upper }: SyntaxNode, table: SyntaxNode): Bound[] {
  const isTime = (node: SyntaxNode | undefined) => isTimeOf(table, node)
  const isGreater = type === "COMPARE_GREATERTHAN" || type === "COMPARE_GREATERTHANOREQUALTO"
  const isLess = type === "COMPARE_LESSTHAN" || type === "COMPARE_LESSTHANOREQUALTO"
  const bounds: [boolean, SyntaxNode | undefined][] = []
  if ((isGreater || isLess) && isTime(left)) bounds.push([isGreater, right])
  if ((isGreater || isLess) && isTime(right)) bounds.push([isLess, left])
  if (type === "COMPARE_BETWEEN" && isTime(input)) bounds.push([true, lower], [false, upper])
  return bounds.flatMap(([isLower, expression]) =>
    expression !== undefined && isSteady(expression) ? [{ isLower, expression }] : [],
  )
}

/** Not any `recorded_at`: a record within the event may have a field of that name. */
function isTimeOf({ alias, schema_name, table_name }: SyntaxNode, node: SyntaxNode | undefined): boolean {
  if (node?.type !== "COLUMN_REF") return false
  const names = alias ? [alias] : [table_name, `${schema_name}.${table_name}`]
  const known = ["recorded_at", ...names.map((name) => `${name}.recorded_at`)]
  return known.some((name) => name.toLowerCase() === node.column_names?.join(".").toLowerCase())
}

const STEADY = /^(now|today|current_\w+|get_current_\w+|[-+]|trunc|date_trunc|to_\w+)$/

/** Whether an expression is the same for all rows, and whenever it is evaluated again in a moment. */
function isSteady(expression: SyntaxNode): boolean {
  let steady = true
  visit(expression, ({ class: kind, function_name = "" }) => {
    if (kind === undefined || kind === "CONSTANT" || kind === "CAST") return
    if (kind !== "FUNCTION" || !STEADY.test(function_name)) steady = false
  })
  return steady
}

/** In microseconds since 1970; `undefined` for what is no time. */
async function evaluated(
  { connection, duckdb }: Database,
  expression: SyntaxNode,
): Promise<bigint | undefined> {
  const { quotedString } = duckdb
  try {
    const asTree = await connection.runAndReadAll(
      `select json_serialize_sql('select cast(null as timestamptz)')`,
    )
    const tree = JSON.parse(String(asTree.getRows()[0]?.[0]))
    tree.statements[0].node.select_list[0].child = expression
    // Places in the statement are of no use here, and some are more than a number holds.
    const json = JSON.stringify(tree, (key, value: unknown) => (key === "query_location" ? 0 : value))
    const reader = await connection.runAndReadAll(`from json_execute_serialized_sql(${quotedString(json)})`)
    const value = reader.getRows()[0]?.[0]
    return value instanceof duckdb.DuckDBTimestampTZValue ? value.micros : undefined
  } catch {
    return undefined // the statement will say what is wrong with it
  }
}
