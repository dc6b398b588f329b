import { parseSchema, type SchemaOptions } from "../schema/schema.ts"
import { decode } from "../value/decode.ts"
import { encode } from "../value/encode.ts"

/** What a reader makes of a value that a writer wrote. */
export function resolved(
  writer: unknown,
  reader: unknown,
  value: unknown,
  options: SchemaOptions = {},
): unknown {
  const wrote = parseSchema(writer)
  return decode(parseSchema(reader, options), encode(wrote, value), { writer: wrote })
}
