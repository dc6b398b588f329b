// What a schema looks like when it is written as a TypeScript literal. Unknown attributes are allowed
// and kept, as the specification says.

import type { PrimitiveName } from "./node.ts"

/** A schema declaration: a type's name, an object that declares a type, or a union of declarations. */
export type SchemaDefinition =
  | string
  | readonly SchemaDefinition[]
  | PrimitiveDefinition
  | RecordDefinition
  | EnumDefinition
  | ArrayDefinition
  | MapDefinition
  | FixedDefinition

interface Annotations {
  readonly logicalType?: string
  /** Of a decimal: how many digits in all. */
  readonly precision?: number
  /** Of a decimal: how many of them after the point. Default 0. */
  readonly scale?: number
}

export interface PrimitiveDefinition extends Annotations {
  readonly type: PrimitiveName
}

interface NamedDefinition {
  readonly name: string
  readonly namespace?: string
  readonly aliases?: readonly string[]
  readonly doc?: string
}

export interface RecordDefinition extends NamedDefinition {
  readonly type: "record" | "error"
  readonly fields: readonly FieldDefinition[]
}

/** A field of a record, or a parameter of a message. */
export interface FieldDefinition {
  readonly name: string
  readonly type: SchemaDefinition
  /** Stands in where a writer does not know the field. Makes the field optional to encode. */
  readonly default?: unknown
  readonly aliases?: readonly string[]
  readonly doc?: string
  readonly order?: "ascending" | "descending" | "ignore"
}

export interface EnumDefinition extends NamedDefinition {
  readonly type: "enum"
  readonly symbols: readonly string[]
  readonly default?: string
}

export interface ArrayDefinition {
  readonly type: "array"
  readonly items: SchemaDefinition
}

export interface MapDefinition {
  readonly type: "map"
  readonly values: SchemaDefinition
}

export interface FixedDefinition extends NamedDefinition, Annotations {
  readonly type: "fixed"
  /** How many bytes. */
  readonly size: number
}
