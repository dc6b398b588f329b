// Under which names events of a schema may have been stored: its own, and its aliases.

import type { Schema } from "@avrolet/avro"
import { kindOf } from "./kind.ts"

/** Full names. Throws `ERR_EVENTS_SCHEMA` for a schema that is no record. */
export function namesOf(event: Schema): readonly string[] {
  const { name } = kindOf(event)
  const { aliases = [] } = event.definition as { aliases?: readonly string[] }
  const namespace = name.slice(0, name.lastIndexOf(".") + 1)
  return [name, ...aliases.map((alias) => (alias.includes(".") ? alias : namespace + alias))]
}
