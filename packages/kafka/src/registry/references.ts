// A schema of a registry may name types that other subjects define. Here it gets their declarations where it names them
// first, and is whole: what Avro itself asks of a schema.

import { EventsError } from "@avrolet/events"

/** Declarations by the names that schemas refer to them with. */
export type Declarations = ReadonlyMap<string, unknown>

/** The declaration, with those that it names in the places where it does so first. Both stay as they are. */
export function withReferences(declaration: unknown, referred: Declarations): unknown {
  return inlined(declaration, "", { referred, defined: new Set() })
}

interface Inlining {
  readonly referred: Declarations
  /** What has been defined before: from then on the name alone stands for it. */
  readonly defined: Set<string>
}

type Json = Readonly<Record<string, unknown>>

// In the order in which Avro looks for definitions: a union's branches, a record's fields, what is in an array or map.
function inlined(declared: unknown, namespace: string, inlining: Inlining): unknown {
  if (typeof declared === "string") return inlinedName(declared, namespace, inlining)
  if (Array.isArray(declared)) return declared.map((branch) => inlined(branch, namespace, inlining))
  if (typeof declared !== "object" || declared === null) return declared
  const json = declared as Json
  const { name, fields } = json
  const inner = typeof name === "string" ? defineName(name, json, namespace, inlining) : namespace
  const whole: Record<string, unknown> = { ...json }
  for (const key of ["type", "items", "values"]) {
    if (Object.hasOwn(json, key)) whole[key] = inlined(json[key], inner, inlining)
  }
  if (Array.isArray(fields))
    whole["fields"] = fields.map((field: Json) => ({
      ...field,
      type: inlined(field["type"], inner, inlining),
    }))
  return whole
}

function inlinedName(name: string, namespace: string, inlining: Inlining): unknown {
  const { referred, defined } = inlining
  // A simple name means the one in its namespace first, and failing that the one in none.
  const full = [qualified(name, namespace), name].find((each) => defined.has(each) || referred.has(each))
  if (full === undefined || defined.has(full)) return name
  const declaration = referred.get(full) as Json
  // where it stands now, another namespace may be around it
  const own = inlined({ namespace: "", ...declaration }, "", inlining)
  if (defined.has(full)) return own
  throw new EventsError("ERR_EVENTS_FOREIGN", `A reference to ${full} leads to a schema of another name`)
}

/** The namespace within. */
function defineName(name: string, json: Json, around: string, { defined }: Inlining): string {
  const { namespace } = json
  const full = qualified(name, typeof namespace === "string" ? namespace : around)
  defined.add(full)
  return full.slice(0, Math.max(0, full.lastIndexOf(".")))
}

const qualified = (name: string, namespace: string): string =>
  name.includes(".") || namespace === "" ? name : `${namespace}.${name}`
