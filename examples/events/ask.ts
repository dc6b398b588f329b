// Asks a question of the events of a directory, in SQL: node examples/dist/events/ask.js <directory> '<statement>'

import { fileSource } from "@avrolet/events/file"
import { query } from "@avrolet/events/sql"

const [directory = "events", statement = ""] = process.argv.slice(2)
const rows: object[] = []
for await (const row of query(fileSource(directory), statement)) rows.push(row)
console.table(rows)
