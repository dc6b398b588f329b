// Questions in SQL, through DuckDB, which has to be installed beside: `npm install @duckdb/node-api`.

export type { DatabaseOptions } from "./duckdb.ts"
export { type ExportFormat, type ExportOptions, exportEvents } from "./export.ts"
export { type LoadedEvents, type LoadOptions, loadEvents, type QueryOptions, query } from "./query.ts"
export type { RowOptions } from "./rows.ts"
