// Declarations → JSON, as Java writes it: each type where it is used first, its attributes in their usual
// order, names without the namespace that holds anyway. A peer that writes it the same way gets the same text.

import { AvroError, quote } from "../errors.ts"
import { type Limits, limitReached } from "../limits.ts"
import { namespaceOf, primitiveNames, qualify, simpleName } from "../schema/names.ts"
import {
  type Declarations,
  type Field,
  type MessageDeclaration,
  type NamedType,
  type Properties,
  type ProtocolHead,
  type Reference,
  resolve,
  type Type,
} from "./declarations.ts"
import { setProperty } from "./json-value.ts"
import type { Place } from "./source-text.ts"

/** JSON, and where the objects in it were declared. */
export interface Placed {
  readonly json: unknown
  readonly places: ReadonlyMap<object, Place>
  /** Where the defaults of fields and parameters are. */
  readonly defaults: ReadonlyMap<object, Place>
}

/** Each of the types by itself, with all that it uses. Throws where these are too many in all. */
export function eachToJson(declarations: Declarations, limits: Limits): Placed[] {
  let written = 0
  return Array.from(declarations.types.values(), ({ name, place }) => {
    const main = { kind: "reference", name, namespace: "", place } as const
    const writer = new JsonWriter({ ...declarations, protocol: undefined, main }, limits)
    const json = writer.type(main, "")
    written += writer.typesWritten
    if (written > MAX_WRITTEN) throw tooManyWritten(declarations.types.size)
    return { json, places: writer.places, defaults: writer.defaults }
  })
}

/** Types that use each other stand in the declaration of each: 500 such types make 250 000. */
const MAX_WRITTEN = 20_000

function tooManyWritten(types: number): AvroError {
  return new AvroError(
    "ERR_AVRO_LIMIT",
    `The ${types} types use each other so much that their schemas, each by itself, repeat more than ${MAX_WRITTEN} ` +
      "declarations; say which type is the schema (schema Name;), or make a protocol of them, which has each once",
  )
}

/**
 * The declaration of a protocol; of the schema that a file is of; or else of each of its types that no
 * other has within itself. Throws where a name means nothing, or in JSON another type.
 */
export function toJson(declarations: Declarations, limits: Limits): Placed {
  const writer = new JsonWriter(declarations, limits)
  const { protocol, main, types } = declarations
  const json =
    protocol !== undefined
      ? writer.protocol(protocol)
      : main !== undefined
        ? writer.type(main, "")
        : writer.types(types, "")
  return { json, places: writer.places, defaults: writer.defaults }
}

class JsonWriter {
  readonly places = new Map<object, Place>()
  readonly defaults = new Map<object, Place>()
  readonly #declarations: Declarations
  readonly #limits: Limits
  readonly #known = new Set<string>()
  #depth = 0

  constructor(declarations: Declarations, limits: Limits) {
    this.#declarations = declarations
    this.#limits = limits
  }

  /** How many named types were written. */
  get typesWritten(): number {
    return this.#known.size
  }

  protocol({ name, doc, properties, place }: ProtocolHead): object {
    const { types, messages } = this.#declarations
    const namespace = namespaceOf(name)
    const declared = this.#object(place, [
      ["protocol", simpleName(name)],
      ["namespace", namespace === "" ? undefined : namespace],
      ["doc", doc],
      ...properties,
      ["types", this.types(types, namespace)],
    ])
    const ofMessages = {}
    for (const message of messages.values())
      setProperty(ofMessages, message.name, this.#message(message, namespace))
    setProperty(declared, "messages", ofMessages)
    return declared
  }

  types(types: Declarations["types"], namespace: string): unknown[] {
    const written: unknown[] = []
    for (const type of types.values()) {
      if (!this.#known.has(type.name)) written.push(this.#namedType(type, namespace))
    }
    return written
  }

  type(type: Type, namespace: string): unknown {
    if (type.kind === "primitive") {
      return type.properties.length === 0 ? type.name : objectOf([["type", type.name], ...type.properties])
    }
    if (type.kind === "reference") return this.#reference(type, namespace)
    return this.#nested(() => {
      if (type.kind === "union") return type.branches.map((branch) => this.type(branch, namespace))
      const inner = this.type(type.of, namespace)
      return objectOf([
        ["type", type.kind],
        [type.kind === "array" ? "items" : "values", inner],
        ...type.properties,
      ])
    })
  }

  #reference(reference: Reference, namespace: string): unknown {
    const type = resolve(reference, this.#declarations.types)
    if (!this.#known.has(type.name)) return this.#nested(() => this.#namedType(type, namespace))
    const [simple, own] = [simpleName(type.name), namespaceOf(type.name)]
    if (own === namespace) return typeNames.has(simple) ? type.name : simple
    const nearer = qualify(type.name, namespace)
    if (own !== "" || !this.#known.has(nearer)) return type.name
    throw reference.place.error(`JSON has no name for ${quote(type.name)} where ${quote(nearer)} is nearer`)
  }

  #namedType(type: NamedType, around: string): object {
    this.#known.add(type.name)
    const namespace = namespaceOf(type.name)
    return this.#object(type.place, [
      ["type", type.kind],
      ["name", simpleName(type.name)],
      ["namespace", namespace === around ? undefined : namespace],
      ["doc", type.doc],
      ...this.#content(type, namespace),
      ...type.properties,
      [
        "aliases",
        optional(type.aliases.map((alias) => (namespaceOf(alias) === namespace ? simpleName(alias) : alias))),
      ],
    ])
  }

  #content(type: NamedType, namespace: string): Properties {
    switch (type.kind) {
      case "enum":
        return [
          ["symbols", type.symbols],
          ["default", type.default],
        ]
      case "fixed":
        return [["size", type.size]]
      default:
        return [["fields", type.fields.map((field) => this.#field(field, namespace))]]
    }
  }

  #field(field: Field, namespace: string): object {
    const json = this.#object(field.place, [
      ["name", field.name],
      ["type", this.type(field.type, namespace)],
      ["doc", field.doc],
      ...(field.default === undefined ? [] : [["default", field.default.json] as const]),
      ["order", field.order],
      ["aliases", optional(field.aliases)],
      ...field.properties,
    ])
    if (field.default !== undefined) this.defaults.set(json, field.default.place)
    return json
  }

  #message(message: MessageDeclaration, namespace: string): object {
    const { doc, properties, request, response, errors, oneWay, place } = message
    return this.#object(place, [
      ["doc", doc],
      ...properties,
      ["request", request.map((parameter) => this.#field(parameter, namespace))],
      ["response", this.type(response, namespace)],
      ["errors", optional(errors.map((error) => this.type(error, namespace)))],
      ["one-way", oneWay ? true : undefined],
    ])
  }

  #object(place: Place, attributes: Properties): object {
    const object = objectOf(attributes)
    this.places.set(object, place)
    return object
  }

  #nested<T>(write: () => T): T {
    if (++this.#depth > this.#limits.maxDepth) {
      throw limitReached("maxDepth", this.#limits, `types refer to types that come later ${this.#depth} deep`)
    }
    const written = write()
    this.#depth--
    return written
  }
}

/** Names of kinds of types, which a reference by its simple name would be taken for. */
const typeNames: ReadonlySet<string> = new Set([
  ...primitiveNames,
  "record",
  "enum",
  "array",
  "map",
  "union",
  "fixed",
])

const optional = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)

/** An attribute that is `undefined` is left out. */
function objectOf(attributes: Properties): object {
  const object = {}
  for (const [name, value] of attributes) if (value !== undefined) setProperty(object, name, value)
  return object
}
