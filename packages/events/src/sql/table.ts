// Stored events → a table of DuckDB: a chunk of rows at a time, column by column.

import { declarationText, type Schema } from "@avrolet/avro"
import type { DuckDBAppender, DuckDBType, DuckDBValue } from "@duckdb/node-api"
import { EventsError } from "../errors.ts"
import type { StoredEvents } from "../source.ts"
import { StoredCursor } from "../stored-cursor.ts"
import { StoredFormats } from "../stored-formats.ts"
import type { wantedOf } from "../wanted.ts"
import type { Asked } from "./asked.ts"
import { type Column, type Layout, layoutOf } from "./columns.ts"
import type { Database } from "./duckdb.ts"

/** Of the events that are asked for. */
export type Wanted = ReturnType<typeof wantedOf>

/** How many rows DuckDB takes at once. */
const CHUNK_ROWS = 2048

/** How events of one schema come into the table. */
interface Filling extends Layout {
  readonly cursor: StoredCursor<Record<string, unknown>>
  /** Which column of the table each column is. */
  readonly places: readonly number[]
}

interface TableColumn {
  readonly name: string
  type: DuckDBType
  /** Whether some of its values come as another type's. */
  isWidened: boolean
}

/** The table of one kind of events, whose columns grow with the schemas that these were stored with. */
export class Table {
  readonly #database: Database
  readonly #name: string
  readonly #asked: Asked
  readonly #wanted: Wanted
  readonly #fillings = new Map<string, Filling>()
  readonly #columns: TableColumn[] = []
  #appender: DuckDBAppender | undefined
  #rows: DuckDBValue[][] = []
  #count = 0

  constructor(database: Database, name: string, asked: Asked, wanted: Wanted) {
    this.#database = database
    this.#name = name
    this.#asked = asked
    this.#wanted = wanted
  }

  async add(batch: StoredEvents, event: Schema): Promise<void> {
    const { cursor, columns, places } = await this.layout(event)
    this.#appender ??= await this.#database.connection.createAppender(this.#name)
    cursor.open(batch)
    while (cursor.next()) {
      for (let index = 0; index < columns.length; index++) {
        const values = this.#rows[places[index] as number] as DuckDBValue[]
        values[this.#count] = (columns[index] as Column).valueOf(cursor)
      }
      this.#count++
      if (this.#count === CHUNK_ROWS) this.#append()
    }
  }

  /** How events of a schema come into the table, which gets the columns that it has not. */
  async layout(event: Schema): Promise<Filling> {
    const key = declarationText(event.definition)
    const known = this.#fillings.get(key)
    if (known !== undefined) return known
    this.finish()
    const layout = layoutOf(this.#database.duckdb, event, this.#asked)
    const places: number[] = []
    for (const column of layout.columns) places.push(await this.#place(column))
    this.#rows = this.#columns.map(() => [])
    const filling = {
      ...layout,
      places,
      cursor: new StoredCursor(new StoredFormats(layout.reader), this.#wanted),
    }
    this.#fillings.set(key, filling)
    return filling
  }

  /** Hands over what is left. */
  finish(): void {
    this.#append()
    this.#appender?.closeSync()
    this.#appender = undefined
  }

  async #place({ name, type }: Pick<Column, "name" | "type">): Promise<number> {
    const { connection, duckdb } = this.#database
    const [table, column] = [duckdb.quotedIdentifier(this.#name), duckdb.quotedIdentifier(name)]
    const place = this.#columns.findIndex((known) => isSameName(known.name, name))
    const known = this.#columns[place]
    if (known === undefined) {
      const isFirst = this.#columns.length === 0
      const added = `${column} ${String(type)}`
      await connection.run(
        isFirst ? `create table ${table} (${added})` : `alter table ${table} add column ${added}`,
      )
      return this.#columns.push({ name, type, isWidened: false }) - 1
    }
    if (String(known.type) === String(type)) return place
    known.isWidened = true
    const wider = this.#widened(known, type)
    if (String(wider) !== String(known.type)) {
      await connection.run(`alter table ${table} alter column ${column} type ${String(wider)}`)
    }
    known.type = wider
    return place
  }

  /** What holds values of both types. Throws `ERR_EVENTS_SQL` where nothing does. */
  #widened({ name, type: known }: TableColumn, type: DuckDBType): DuckDBType {
    const { VARCHAR, DuckDBEnumType, INTEGER, BIGINT, FLOAT, DOUBLE } = this.#database.duckdb
    const isText = (each: DuckDBType) => each === VARCHAR || each instanceof DuckDBEnumType
    if (isText(known) && isText(type)) return VARCHAR
    const numbers: DuckDBType[] = [INTEGER, BIGINT, FLOAT, DOUBLE]
    const [low, high] = [numbers.indexOf(known), numbers.indexOf(type)].toSorted((a, b) => a - b) as [
      number,
      number,
    ]
    if (low >= 0) return high === 1 ? BIGINT : DOUBLE
    throw new EventsError(
      "ERR_EVENTS_SQL",
      `Cannot query ${this.#name}: its field ${name} was stored as ${String(known)} and as ${String(type)}; ` +
        "give the schema to read it with: { events: [schema] }",
    )
  }

  #append(): void {
    if (this.#count === 0) return
    const { DuckDBDataChunk } = this.#database.duckdb
    const types = this.#columns.map(({ type }) => type)
    const chunk = DuckDBDataChunk.create(types, this.#count)
    for (const [index, column] of this.#columns.entries()) {
      const values = this.#rows[index] as DuckDBValue[]
      for (let row = 0; row < this.#count; row++) values[row] ??= null
      try {
        chunk.setColumnValues(
          index,
          column.isWidened ? values.map((value) => this.#fitted(column, value)) : values,
        )
      } catch (error) {
        const message = `Cannot query ${this.#name}: a value of ${column.name} does not fit ${String(column.type)}`
        throw new EventsError("ERR_EVENTS_SQL", message, { cause: error })
      }
    }
    this.#appender?.appendDataChunk(chunk)
    this.#rows = this.#columns.map(() => [])
    this.#count = 0
  }

  /** A number of the type that the column has by now. */
  #fitted({ type }: TableColumn, value: DuckDBValue): DuckDBValue {
    const { BIGINT, DOUBLE } = this.#database.duckdb
    if (type === BIGINT && typeof value === "number") return BigInt(value)
    return type === DOUBLE && typeof value === "bigint" ? Number(value) : value
  }
}

/** As SQL has it, to which upper and lower case are the same. */
export const isSameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
