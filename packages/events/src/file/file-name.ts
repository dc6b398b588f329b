// How event files are named, and what their names say.
//
//   <directory>/<full name of the event>/<start>_<host>_<pid>_<sequence><random>.avro
//   start = 20261123T142619123Z          the first event is not older; names sort by it
//   sequence = 4 hexadecimal digits      names of one process sort by it where their start is the same
//   random = 8 hexadecimal digits
//
// Host, process and a random part keep writers apart, of this machine and of others on a shared disk. Names of events
// are Avro's, letters, digits, dots and underscores, and so are safe as names of folders.

import { randomBytes } from "node:crypto"
import { hostname } from "node:os"

const PATTERN = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z_[A-Za-z0-9.-]*_\d+_[0-9a-f]{12}\.avro$/
const MAX_HOST_CHARS = 64

let sequence = 0

/** A name that nobody else takes, for a file whose first event is of this time. */
export function newFileName(startMillis: number): string {
  const start = new Date(startMillis).toISOString().replaceAll(/[-:.]/g, "")
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, "-")
    .slice(0, MAX_HOST_CHARS)
  const number = (sequence++ & 0xffff).toString(16).padStart(4, "0")
  return `${start}_${host}_${process.pid}_${number}${randomBytes(4).toString("hex")}.avro`
}

/** When the file of this name begins, in milliseconds since 1970; `undefined` for a name that is not ours. */
export function startOf(fileName: string): number | undefined {
  const match = PATTERN.exec(fileName)
  if (match === null) return undefined
  const [, year, month, day, hours, minutes, seconds, millis] = match.map(Number) as [number, ...number[]]
  const start = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hours, minutes, seconds, millis)
  return Number.isNaN(start) ? undefined : start
}
