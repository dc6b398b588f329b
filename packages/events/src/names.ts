// Under which names the events of a schema are stored.

import type { Schema } from "@avrolet/avro"

/** The name of an event, and those it had before: its aliases. */
export function namesOf(event: Schema): readonly string[] {
  const { name } = event
  if (name === undefined) return []
  const { aliases } = event.definition as { aliases?: unknown }
  const namespace = name.slice(0, name.lastIndexOf(".") + 1)
  const former = Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === "string") : []
  return [...new Set([name, ...former.map((alias) => (alias.includes(".") ? alias : namespace + alias))])]
}
