// JSON declarations, of schemas and protocols, as IDL has them: each named type by itself. What the specification
// wants of them beyond their shape is asked when a schema is made.

import { AvroError, describe, quote } from "../errors.ts"
import { type Limits, limitReached } from "../limits.ts"
import { namespaceOf, primitiveNames, qualify } from "../schema/names.ts"
import type { PrimitiveName } from "../schema/node.ts"
import { RESERVED } from "./annotations.ts"
import type { Field, MessageDeclaration, NamedType, Properties, Type } from "./declarations.ts"
import type { Item, ParsedFile } from "./parse-file.ts"
import type { Place } from "./source-text.ts"

/**
 * What of a type and those declared within it comes first: the outer, as people write them down, or the inner,
 * as Java imports them.
 */
export type Nesting = "outer first" | "inner first"

/** Reads the declaration of a protocol. `file` is what errors call it. */
export function protocolFromJson(json: unknown, file: string, nesting: Nesting, limits: Limits): ParsedFile {
  const reader = new JsonReader(file, nesting, limits)
  const protocol = reader.object(json, "")
  const name = qualify(
    reader.text(protocol, "protocol", ""),
    reader.optionalText(protocol, "namespace", "") ?? "",
  )
  const head = { name, doc: docOf(protocol), properties: propertiesIn(protocol, RESERVED.protocol) }
  const namespace = namespaceOf(name)
  reader.list(protocol["types"] ?? [], ".types").forEach((type, index) => {
    reader.type(type, namespace, `.types[${index}]`)
  })
  const messages = Object.entries(reader.object(protocol["messages"] ?? {}, ".messages"))
  for (const [message, declared] of messages) reader.message(message, declared, namespace)
  return { protocol: { ...head, place: reader.place("") }, main: undefined, items: reader.items }
}

/** Reads the declaration of a schema. */
export function schemaFromJson(json: unknown, file: string, nesting: Nesting, limits: Limits): ParsedFile {
  const reader = new JsonReader(file, nesting, limits)
  const main = reader.type(json, "", "")
  return { protocol: undefined, main, items: reader.items }
}

type Json = Readonly<Record<string, unknown>>

class JsonReader {
  readonly items: Item[] = []
  readonly #file: string
  readonly #nesting: Nesting
  readonly #limits: Limits
  /** The full names that were declared so far: JSON refers to those first. */
  readonly #known = new Set<string>()
  #depth = 0

  constructor(file: string, nesting: Nesting, limits: Limits) {
    this.#file = file
    this.#nesting = nesting
    this.#limits = limits
  }

  place(at: string): Place {
    const path = [this.#file, at.replace(/^\./, "")].filter((part) => part !== "").join(": ")
    return { error: (message) => new AvroError("ERR_AVRO_IDL", `${path}: ${message}`, { path }) }
  }

  type(json: unknown, namespace: string, at: string): Type {
    if (++this.#depth > this.#limits.maxDepth) {
      throw limitReached("maxDepth", this.#limits, `${this.#file}: declarations nest ${this.#depth} deep`)
    }
    const type = this.#type(json, namespace, at)
    this.#depth--
    return type
  }

  message(name: string, json: unknown, namespace: string): void {
    const at = `.messages[${quote(name)}]`
    const declared = this.object(json, at)
    const request = this.list(declared["request"], `${at}.request`)
    const errors = this.list(declared["errors"] ?? [], `${at}.errors`)
    const message: MessageDeclaration = {
      name,
      doc: docOf(declared),
      properties: propertiesIn(declared, RESERVED.message),
      request: request.map((field, index) => this.#field(field, namespace, `${at}.request[${index}]`)),
      response: this.type(declared["response"] ?? "null", namespace, `${at}.response`),
      errors: errors.map((error, index) => this.type(error, namespace, `${at}.errors[${index}]`)),
      oneWay: declared["one-way"] === true,
      place: this.place(at),
    }
    this.items.push({ kind: "message", message })
  }

  object(json: unknown, at: string): Json {
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Json
    throw this.place(at).error(`expected an object, got ${describe(json)}`)
  }

  list(json: unknown, at: string): readonly unknown[] {
    if (Array.isArray(json)) return json
    throw this.place(at).error(`expected an array, got ${describe(json)}`)
  }

  text(json: Json, name: string, at: string): string {
    const text = this.optionalText(json, name, at)
    if (text === undefined) throw this.place(at).error(`${quote(name)} is missing`)
    return text
  }

  optionalText(json: Json, name: string, at: string): string | undefined {
    const text = json[name]
    if (text === undefined || typeof text === "string") return text
    throw this.place(at).error(`${quote(name)} must be a string, got ${describe(text)}`)
  }

  #type(json: unknown, namespace: string, at: string): Type {
    if (typeof json === "string") return this.#word(json, [], namespace, at)
    if (Array.isArray(json)) {
      const branches = json.map((branch, index) => this.type(branch, namespace, `${at}[${index}]`))
      return { kind: "union", branches }
    }
    const declared = this.object(json, at)
    const { type } = declared
    if (typeof type !== "string") return this.type(type, namespace, `${at}.type`)
    switch (type) {
      case "array":
      case "map": {
        const part = type === "array" ? "items" : "values"
        const of = this.type(declared[part], namespace, `${at}.${part}`)
        return { kind: type, of, properties: propertiesIn(declared, RESERVED.type) }
      }
      case "record":
      case "error":
      case "enum":
      case "fixed":
        return this.#named(type, declared, namespace, at)
      default:
        return this.#word(type, propertiesIn(declared, RESERVED.type), namespace, at)
    }
  }

  #word(name: string, properties: Properties, namespace: string, at: string): Type {
    if (primitiveNames.has(name)) return { kind: "primitive", name: name as PrimitiveName, properties }
    const isOfNone = !this.#known.has(qualify(name, namespace)) && this.#known.has(name)
    return { kind: "reference", name, namespace: isOfNone ? "" : namespace, place: this.place(at) }
  }

  #named(kind: NamedType["kind"], json: Json, around: string, at: string): Type {
    const name = qualify(this.text(json, "name", at), this.optionalText(json, "namespace", at) ?? around)
    const namespace = namespaceOf(name)
    this.#known.add(name)
    const head = {
      name,
      doc: docOf(json),
      aliases: this.#aliases(json, at).map((alias) => qualify(alias, namespace)),
      properties: propertiesIn(json, kind === "enum" ? RESERVED.enum : RESERVED.type),
      place: this.place(at),
    }
    const before = this.items.length
    const type = this.#content(kind, head, json, at)
    this.items.splice(this.#nesting === "outer first" ? before : this.items.length, 0, { kind: "type", type })
    return { kind: "reference", name, namespace: "", place: head.place }
  }

  #content(kind: NamedType["kind"], head: Omit<NamedType, "kind">, json: Json, at: string): NamedType {
    if (kind === "enum") {
      const symbols = this.list(json["symbols"], `${at}.symbols`).map(String)
      return { ...head, kind, symbols, default: this.optionalText(json, "default", at) }
    }
    if (kind === "fixed") {
      const { size } = json
      if (typeof size !== "number") throw this.place(at).error('"size" must be a number')
      return { ...head, kind, size }
    }
    const fields = this.list(json["fields"], `${at}.fields`)
    const namespace = namespaceOf(head.name)
    const read = fields.map((field, index) => this.#field(field, namespace, `${at}.fields[${index}]`))
    return { ...head, kind, fields: read }
  }

  #field(json: unknown, namespace: string, at: string): Field {
    const declared = this.object(json, at)
    const order = this.optionalText(declared, "order", at)
    const place = this.place(at)
    return {
      name: this.text(declared, "name", at),
      type: this.type(declared["type"], namespace, `${at}.type`),
      doc: docOf(declared),
      default: Object.hasOwn(declared, "default") ? { json: declared["default"], place } : undefined,
      order: order === "ascending" ? undefined : order,
      aliases: this.#aliases(declared, at),
      properties: propertiesIn(declared, RESERVED.field),
      place,
    }
  }

  #aliases(json: Json, at: string): string[] {
    const aliases = this.list(json["aliases"] ?? [], `${at}.aliases`)
    if (aliases.every((alias) => typeof alias === "string")) return [...new Set(aliases)]
    throw this.place(at).error('"aliases" must be an array of names')
  }
}

const docOf = ({ doc }: Json): string | undefined => (typeof doc === "string" ? doc : undefined)

const propertiesIn = (json: Json, reserved: ReadonlySet<string>): Properties =>
  Object.entries(json).filter(([name]) => !reserved.has(name))
