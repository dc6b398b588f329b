/**
 * What went wrong. `docs/reference/errors.md` lists every code with its remedy.
 *
 * - `ERR_AVRO_SCHEMA`: a schema declaration breaks a rule of the specification.
 * - `ERR_AVRO_PROTOCOL`: a protocol declaration does.
 * - `ERR_AVRO_VALUE`: a value does not fit its schema.
 * - `ERR_AVRO_DATA`: bytes are not what their schema says.
 * - `ERR_AVRO_TRUNCATED`: bytes end before the value does.
 * - `ERR_AVRO_LONG_RANGE`: a long does not fit a `number` exactly.
 * - `ERR_AVRO_LIMIT`: a limit against hostile input was reached.
 * - `ERR_AVRO_RESOLUTION`: data of this writer cannot be read with this reader's schema.
 * - `ERR_AVRO_UNKNOWN_SCHEMA`: a single object was written with a schema that is not among those given.
 * - `ERR_AVRO_NO_ORDER`: values that contain maps were to be compared.
 * - `ERR_AVRO_CONTAINER`: a container file is damaged, or is none, or has another schema than what is appended.
 * - `ERR_AVRO_CODEC`: a container file is of a codec that is not known, or not installed.
 * - `ERR_AVRO_IDL`: a text is not Avro IDL, or IDL cannot say what it should.
 */
export type AvroErrorCode =
  | "ERR_AVRO_SCHEMA"
  | "ERR_AVRO_PROTOCOL"
  | "ERR_AVRO_VALUE"
  | "ERR_AVRO_DATA"
  | "ERR_AVRO_TRUNCATED"
  | "ERR_AVRO_LONG_RANGE"
  | "ERR_AVRO_LIMIT"
  | "ERR_AVRO_RESOLUTION"
  | "ERR_AVRO_UNKNOWN_SCHEMA"
  | "ERR_AVRO_NO_ORDER"
  | "ERR_AVRO_CONTAINER"
  | "ERR_AVRO_CODEC"
  | "ERR_AVRO_IDL"

const brand: unique symbol = Symbol.for("avrolet.AvroError")

interface ErrorPlace {
  readonly path?: string
  readonly offset?: number
  readonly block?: number | undefined
}

/** The one class of error this package throws. Switch on `code`, not on the message. */
export class AvroError extends Error {
  override readonly name = "AvroError"
  readonly code: AvroErrorCode
  /**
   * Where in the value, or in the declaration: `.friends[3].email`; in IDL, `user.avdl:12:8`. Empty when the
   * whole is at fault.
   */
  readonly path: string
  /** Of a container file: the byte at which the part begins that is at fault. */
  readonly offset: number | undefined
  /** Of a container file: the number of the block at fault, counted from 0; none in its header. */
  readonly block: number | undefined
  readonly [brand] = true

  constructor(code: AvroErrorCode, message: string, options: ErrorOptions & ErrorPlace = {}) {
    super(message, options)
    this.code = code
    this.path = options.path ?? ""
    this.offset = options.offset
    this.block = options.block
  }

  /** Holds across copies of this package, where `instanceof` alone does not. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value
  }
}

/**
 * Notes, on its way up, that an error happened inside a field or an item. Closures call this
 * in their `catch`, so that a path costs nothing until something fails.
 */
export function inside(error: unknown, step: string | number): unknown {
  if (!(error instanceof AvroError)) return error
  const segment = typeof step === "number" ? `[${step}]` : isName(step) ? `.${step}` : `[${quote(step)}]`
  ;(error as { path: string }).path = segment + error.path
  return error
}

/** Puts what was attempted, and the path, before the message: `Cannot encode User.age: …`. */
export function explained(error: unknown, attempt: string): unknown {
  if (!(error instanceof AvroError)) return error
  const { code, path, message } = error
  const shown = path.length > 120 ? `${path.slice(0, 60)}…${path.slice(-60)}` : path
  return new AvroError(code, `${attempt}${shown}: ${message}`, { path, cause: error })
}

/** The error of a long that was read, and that no `number` holds exactly. */
export function longOutOfRange(value: bigint): AvroError {
  return new AvroError(
    "ERR_AVRO_LONG_RANGE",
    `the long ${value} is outside ±(2^53 - 1) and would lose digits; use schema(…, { long: "bigint" }), ` +
      'and for a timestamp-millis { logicalTypes: { "timestamp-millis": false } } too',
  )
}

/** The error of a schema declaration; `at` says where in it, as in `.fields[2].type`. */
export function invalidSchema(at: string, message: string, cause?: unknown): AvroError {
  return new AvroError(
    "ERR_AVRO_SCHEMA",
    `Invalid schema${at === "" ? "" : ` at ${at.replace(/^\./, "")}`}: ${message}`,
    { path: at, cause },
  )
}

/** A value as an error message shows it: short, and never the whole of a large one. */
export function describe(value: unknown): string {
  if (typeof value === "string") return quote(value)
  if (typeof value === "bigint") return shorten(`${value}n`)
  if (typeof value === "symbol" || typeof value === "function") return `a ${typeof value}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value !== "object" || value === null) return String(value)
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === "string" && name !== "Object" && name !== "" ? `a ${shorten(name)}` : "an object"
}

/** A string in quotes, cut to 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text))
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 59)}…` : text)

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text)
