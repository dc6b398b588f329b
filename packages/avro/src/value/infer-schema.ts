// Values → a schema that fits them all: a start for data that has none yet.

import { AvroError, describe, explained, inside } from "../errors.ts"
import { type Limits, limitReached, withDefaults } from "../limits.ts"
import { isName, primitiveNames } from "../schema/names.ts"
import { parseSchema, type Schema } from "../schema/schema.ts"

/** Options of `inferSchema`. */
export interface InferSchemaOptions {
  /** The full name of the record, where the values are objects. Those within are named after their fields. Default `"Value"`. */
  readonly name?: string
  /** How deep the values may nest. */
  readonly limits?: Partial<Limits>
}

/**
 * Finds a schema that every one of `values` can be encoded with, as it is. Its `definition` is the text
 * to keep: read it over, because samples do not tell an enum from a string, or a map from a record.
 *
 * Integers are `long` (whose encoding is that of an `int`), other numbers `double`, a `Date` is a
 * `timestamp-millis`. Objects are records, or maps where a key could not be the name of a field; a field
 * that not all of them have may be null, and is by default.
 *
 * Throws `ERR_AVRO_VALUE`, with the path, for what no schema fits: functions, objects of other classes,
 * bigints beside fractions or dates; `ERR_AVRO_LIMIT` for values that nest too deep.
 */
export function inferSchema(values: Iterable<unknown>, options: InferSchemaOptions = {}): Schema {
  const { name = "Value", limits } = options
  const seen = createSeen()
  const pass = { limits: withDefaults(limits), depth: 0 }
  let index = 0
  try {
    for (const value of values) within(index++, () => add(seen, value, pass))
    return parseSchema(declare(seen, name, new Set()), { limits: pass.limits })
  } catch (error) {
    throw explained(error, "Cannot infer a schema of values")
  }
}

/** What has been seen in one place, over all values. */
interface Seen {
  /** The types of values without parts. */
  readonly leaves: Set<"null" | "boolean" | "string" | "bytes" | "date" | "integer" | "bigint" | "fraction">
  items: Seen | undefined
  objects: SeenObjects | undefined
}

interface SeenObjects {
  count: number
  readonly fields: Map<string, SeenField>
}

interface SeenField {
  /** In how many of the objects. */
  count: number
  readonly type: Seen
}

interface Pass {
  readonly limits: Limits
  depth: number
}

const createSeen = (): Seen => ({ leaves: new Set(), items: undefined, objects: undefined })

function add(seen: Seen, value: unknown, pass: Pass): void {
  switch (typeof value) {
    case "boolean":
    case "string":
    case "bigint":
      seen.leaves.add(typeof value as "boolean" | "string" | "bigint")
      return
    case "number":
      seen.leaves.add(Number.isSafeInteger(value) ? "integer" : "fraction")
      return
    case "object":
      if (value === null) seen.leaves.add("null")
      else if (value instanceof Uint8Array) seen.leaves.add("bytes")
      else if (value instanceof Date) seen.leaves.add("date")
      else addNested(seen, value, pass)
      return
    default:
      throw unfit(value)
  }
}

function addNested(seen: Seen, value: object, pass: Pass): void {
  if (pass.depth >= pass.limits.maxDepth) {
    throw limitReached("maxDepth", pass.limits, `values nest ${pass.depth + 1} deep, or in a circle`)
  }
  pass.depth++
  if (Array.isArray(value)) addItems((seen.items ??= createSeen()), value, pass)
  else addFields((seen.objects ??= { count: 0, fields: new Map() }), value, pass)
  pass.depth--
}

function addItems(seen: Seen, items: readonly unknown[], pass: Pass): void {
  for (let index = 0; index < items.length; index++) within(index, () => add(seen, items[index], pass))
}

function addFields(seen: SeenObjects, value: object, pass: Pass): void {
  if (Object.prototype.toString.call(value) !== "[object Object]") throw unfit(value)
  seen.count++
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue // as JSON has it
    let field = seen.fields.get(key)
    if (field === undefined) seen.fields.set(key, (field = { count: 0, type: createSeen() }))
    field.count++
    const { type } = field
    within(key, () => add(type, item, pass))
  }
}

/** The declaration that fits what was seen. `names` are those of the records so far. */
function declare(seen: Seen, name: string, names: Set<string>): unknown {
  const branches: unknown[] = []
  if (seen.leaves.has("null")) branches.push("null")
  if (seen.leaves.has("boolean")) branches.push("boolean")
  const number = numberType(seen)
  if (number !== undefined) branches.push(number)
  if (seen.leaves.has("string")) branches.push("string")
  if (seen.leaves.has("bytes")) branches.push("bytes")
  if (seen.leaves.has("date")) branches.push({ type: "long", logicalType: "timestamp-millis" })
  if (seen.items !== undefined) branches.push({ type: "array", items: declare(seen.items, name, names) })
  if (seen.objects !== undefined) branches.push(declareObjects(seen.objects, name, names))
  // Nothing was seen in arrays that were all empty.
  return branches.length === 0 ? "null" : branches.length === 1 ? branches[0] : branches
}

function numberType({ leaves }: Seen): string | undefined {
  if (leaves.has("bigint")) {
    // Each would have to be a branch of its own, and values would have to name it.
    if (leaves.has("fraction")) throw inseparable("bigints and fractions")
    if (leaves.has("date")) throw inseparable("bigints and dates")
    return "long"
  }
  // A date is a long already, and a union has only one.
  if (leaves.has("fraction") || (leaves.has("integer") && leaves.has("date"))) return "double"
  return leaves.has("integer") ? "long" : undefined
}

function declareObjects({ count, fields }: SeenObjects, name: string, names: Set<string>): object {
  if (!Array.from(fields.keys()).every(isName)) {
    const values = merged(Array.from(fields.values(), ({ type }) => type))
    return { type: "map", values: declare(values, name, names) }
  }
  const unique = uniqueName(name, names)
  const declared = Array.from(fields, ([field, seen]) => {
    if (seen.count < count) seen.type.leaves.add("null")
    const type = within(field, () => declare(seen.type, `${unique}_${field}`, names))
    return seen.count < count ? { name: field, type, default: null } : { name: field, type }
  })
  return { type: "record", name: unique, fields: declared }
}

/** Everything that was seen in several places, as if in one. */
function merged(parts: readonly Seen[]): Seen {
  const whole = createSeen()
  for (const part of parts) {
    for (const leaf of part.leaves) whole.leaves.add(leaf)
    if (part.items !== undefined) whole.items = merged([whole.items ?? createSeen(), part.items])
    if (part.objects !== undefined) whole.objects = mergedObjects(whole.objects, part.objects)
  }
  return whole
}

function mergedObjects(a: SeenObjects | undefined, b: SeenObjects): SeenObjects {
  const fields = new Map(a?.fields)
  for (const [name, { count, type }] of b.fields) {
    const other = fields.get(name)
    fields.set(
      name,
      other === undefined
        ? { count, type }
        : { count: count + other.count, type: merged([other.type, type]) },
    )
  }
  return { count: (a?.count ?? 0) + b.count, fields }
}

function uniqueName(name: string, names: Set<string>): string {
  let unique = primitiveNames.has(name) ? `${name}_` : name
  for (let number = 2; names.has(unique); number++) unique = `${name}${number}`
  names.add(unique)
  return unique
}

function within<T>(step: string | number, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw inside(error, step)
  }
}

const inseparable = (what: string): AvroError =>
  new AvroError("ERR_AVRO_VALUE", `no type fits ${what} in the same place; convert one of them`)

const unfit = (value: unknown): AvroError =>
  new AvroError("ERR_AVRO_VALUE", `no type fits ${describe(value)}`)
