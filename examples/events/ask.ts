// Asks a question of the events of a directory, in SQL: node examples/dist/events/ask.js <directory> '<statement>'

import { EventsError } from "@avrolet/events"
import { fileSource } from "@avrolet/events/file"
import { query } from "@avrolet/events/sql"

const [directory, statement] = process.argv.slice(2)
if (directory === undefined || statement === undefined) {
  console.error("Usage: node examples/dist/events/ask.js <directory> '<statement>'")
  process.exit(2)
}
const rows: object[] = []
try {
  for await (const row of query(fileSource(directory), statement)) rows.push(row)
  console.table(rows)
} catch (error) {
  if (!(error instanceof EventsError)) throw error
  console.error(error.message) // with its line, and the place in it
  process.exitCode = 1
}
