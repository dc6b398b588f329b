// What travels beside the parameters of a call, and beside its outcome.
//
//   metadata = (count:long entry[count])* 00        a map of bytes: see reader.ts of @avrolet/avro
//   entry    = key:string value:bytes
//
// Four keys are this package's own. Other peers ignore them, and may send them:
//
//   avrolet.timeout      with a request: for how many milliseconds its caller waits, in decimal digits
//   avrolet.cancel       with a ping over TCP: which call is given up; see tcp/cancel-ping.ts
//   avrolet.code         with an error: its code; see refusal.ts
//   avrolet.retry-after  beside it: for how many milliseconds to wait before the call is made again, in decimal digits

import { bytesOf, type Reader, type Writer } from "@avrolet/avro/binary"
import { RpcError } from "./errors.ts"
import { skip } from "./skip.ts"

/**
 * What travels beside the parameters of a call, by key: at most 256 entries and 64 KiB. Keys that begin with
 * `avrolet.` are this package's own; a caller's are not sent, so what came with one call may go with the next.
 */
export type Metadata = { [key: string]: Uint8Array }

/** Where a request says how much time there is left: nearly every request does. */
export const TIMEOUT_KEY = "avrolet.timeout"

const ENCODED_TIMEOUT_KEY = bytesOf((writer) => writer.writeString(TIMEOUT_KEY))
const MAX_ENTRIES = 256
const MAX_BYTES = 64 * 1024
const MIN_ENTRY_BYTES = 2
const OWN_PREFIX = "avrolet."

/** Metadata to be filled in: nothing is in it but what was put there. */
export function createMetadata(): Metadata {
  return new Entries()
}

// An object without a prototype takes a key that was just read in 0.7 µs, one of a class in 0.2 µs (Node 20).
// So it is of a class, whose prototype has nothing in it.
const Entries = function () {} as unknown as new () => Metadata
Entries.prototype = Object.create(null)

/** No metadata, for everybody. */
export const NO_METADATA: Readonly<Metadata> = Object.freeze(createMetadata())

/** An entry of this package's own: a text is the same as its bytes. */
export type OwnEntry = readonly [key: string, value: string | Uint8Array]

/**
 * Writes metadata, and entries of this package's own. Throws `ERR_RPC_METADATA` where it is over a limit,
 * and a `TypeError` for values that are not bytes.
 */
export function writeMetadata(
  writer: Writer,
  metadata: Readonly<Metadata>,
  own: readonly OwnEntry[] = [],
): void {
  const keys = metadata === NO_METADATA ? [] : Object.keys(metadata).filter((key) => !isOwn(key))
  const count = keys.length + own.length
  if (count > 0) {
    if (count > MAX_ENTRIES) throw tooManyEntries(count)
    const start = writer.length
    writer.writeInt(count)
    for (const [key, value] of own) writeEntry(writer, key, value)
    for (const key of keys) writeEntry(writer, key, metadata[key])
    if (writer.length - start > MAX_BYTES) throw tooManyBytes()
  }
  writer.writeInt(0)
}

function writeEntry(writer: Writer, key: string, value: unknown): void {
  if (key === TIMEOUT_KEY) writer.writeFixed(ENCODED_TIMEOUT_KEY)
  else writer.writeString(key)
  if (value instanceof Uint8Array) writer.writeBytes(value)
  else if (typeof value === "string" && isOwn(key))
    writer.writeString(value) // the same as its bytes
  else throw new TypeError(`Metadata is bytes by key, and ${JSON.stringify(key)} is no Uint8Array`)
}

/** Reads metadata. Throws `ERR_RPC_METADATA` where it is over a limit, before anything is kept of it. */
export function readMetadata(reader: Reader): Readonly<Metadata> {
  const end = reader.position + MAX_BYTES
  let left = reader.readBlockCount(MIN_ENTRY_BYTES)
  if (left === 0) return NO_METADATA
  const metadata = createMetadata()
  for (let count = 0; left > 0; left = reader.readBlockCount(MIN_ENTRY_BYTES)) {
    count += left
    if (count > MAX_ENTRIES) throw tooManyEntries(count)
    for (; left > 0; left--) {
      checkLength(reader, end)
      const key = skip(reader, ENCODED_TIMEOUT_KEY) ? TIMEOUT_KEY : reader.readString()
      checkLength(reader, end)
      metadata[key] = reader.readBytes()
    }
  }
  return metadata
}

/** Looks at the length that comes next. */
function checkLength(reader: Reader, end: number): void {
  const { position } = reader
  if (reader.readLength("metadata") + reader.position > end) throw tooManyBytes()
  reader.position = position
}

const MAX_DIGITS = 15
const MAX_TIMER_MILLIS = 2 ** 31 - 1
const ZERO = 0x30

/** The milliseconds of an entry, no more than a timer may have; `undefined` for anything but decimal digits. */
export function millisIn(digits: Uint8Array | undefined): number | undefined {
  if (digits === undefined || digits.length === 0 || digits.length > MAX_DIGITS) return undefined
  let millis = 0
  for (const byte of digits) {
    const digit = byte - ZERO
    if (digit < 0 || digit > 9) return undefined
    millis = millis * 10 + digit
  }
  return Math.min(millis, MAX_TIMER_MILLIS)
}

const isOwn = (key: string): boolean => key.startsWith(OWN_PREFIX)

const tooManyEntries = (count: number): RpcError =>
  new RpcError("ERR_RPC_METADATA", `Metadata has ${count} entries, more than ${MAX_ENTRIES}`)

const tooManyBytes = (): RpcError =>
  new RpcError("ERR_RPC_METADATA", `Metadata is of more than ${MAX_BYTES} bytes`)
