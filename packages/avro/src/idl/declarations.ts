// What IDL text and JSON declarations have in common: types, messages and protocols with full names, every
// attribute, and the place that each came from. IDL and JSON are read into it, and written out of it.

import { quote } from "../errors.ts"
import { qualify, simpleName } from "../schema/names.ts"
import type { PrimitiveName } from "../schema/node.ts"
import type { Place } from "./source-text.ts"

/** Attributes that the specification does not know, in their order. */
export type Properties = readonly (readonly [name: string, json: unknown])[]

/** The type of a field, an item, a parameter. Named types are always referred to. */
export type Type = Primitive | Collection | Union | Reference

export interface Primitive {
  readonly kind: "primitive"
  readonly name: PrimitiveName
  readonly properties: Properties
}

interface Collection {
  readonly kind: "array" | "map"
  /** Of the items, or of the values. */
  readonly of: Type
  readonly properties: Properties
}

interface Union {
  readonly kind: "union"
  readonly branches: readonly Type[]
}

/** A named type by its name: full if it has a dot, otherwise in `namespace` or, failing that, in none. */
export interface Reference {
  readonly kind: "reference"
  readonly name: string
  readonly namespace: string
  readonly place: Place
}

export type NamedType = RecordType | EnumType | FixedType

interface Named {
  /** In full. */
  readonly name: string
  readonly doc: string | undefined
  /** In full. */
  readonly aliases: readonly string[]
  readonly properties: Properties
  readonly place: Place
}

export interface RecordType extends Named {
  readonly kind: "record" | "error"
  readonly fields: readonly Field[]
}

export interface EnumType extends Named {
  readonly kind: "enum"
  readonly symbols: readonly string[]
  readonly default: string | undefined
}

export interface FixedType extends Named {
  readonly kind: "fixed"
  readonly size: number
}

/** A field of a record, or a parameter of a message. */
export interface Field {
  readonly name: string
  readonly type: Type
  readonly doc: string | undefined
  readonly default: { readonly json: unknown; readonly place: Place } | undefined
  readonly order: string | undefined
  readonly aliases: readonly string[]
  readonly properties: Properties
  readonly place: Place
}

/** A message of a protocol. */
export interface MessageDeclaration {
  readonly name: string
  readonly doc: string | undefined
  readonly properties: Properties
  readonly request: readonly Field[]
  readonly response: Type
  /** Those declared. */
  readonly errors: readonly Type[]
  readonly oneWay: boolean
  readonly place: Place
}

/** What a protocol is beside its types and messages. */
export interface ProtocolHead {
  /** In full. */
  readonly name: string
  readonly doc: string | undefined
  readonly properties: Properties
  readonly place: Place
}

/** Everything that one file, with what it imports, declares. */
export interface Declarations {
  readonly protocol: ProtocolHead | undefined
  /** The type that a schema is of, if it says so. */
  readonly main: Type | undefined
  /** In the order of their declaration, by full name. */
  readonly types: ReadonlyMap<string, NamedType>
  readonly messages: ReadonlyMap<string, MessageDeclaration>
}

/** The type that a reference means. Throws at its place if there is none. */
export function resolve({ name, namespace, place }: Reference, types: Declarations["types"]): NamedType {
  const qualified = qualify(name, namespace)
  const type = types.get(qualified) ?? types.get(name)
  if (type === undefined) throw place.error(`unknown type ${quote(qualified)}${similar(name, types)}`)
  return type
}

/** What was probably meant: the same simple name in another namespace. */
function similar(name: string, types: Declarations["types"]): string {
  const other = [...types.keys()].find((known) => simpleName(known) === simpleName(name))
  return other === undefined ? "" : `; is it ${quote(other)}?`
}
