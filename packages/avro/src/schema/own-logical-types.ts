// Logical types of one's own, which `schema(…, { logicalTypes })` adds to those of the specification or
// puts in their place, by name.
//
//   { "type": "long", "logicalType": "instant" }      logicalTypes: { instant: logicalType({ type: "long", … }) }
//
// Whether a union is bare follows from `kind`, which the type checker sees as well: so the rule is the
// same in types and at run time, and depends on nothing but what the schema was made from.

import { AvroError, describe, quote } from "../errors.ts"
import { decimalOf } from "./decimal.ts"
import type { Annotation, Kind, LogicalType } from "./node.ts"

/** How values of a logical type are made from what is encoded, and turned into it. */
export interface LogicalTypeDefinition<
  Type extends AnnotatedType = AnnotatedType,
  Of extends ValueKind = ValueKind,
  Value = unknown,
  Long extends "number" | "bigint" = "number" | "bigint",
> {
  /** What it annotates. On another type the annotation is ignored. */
  readonly type: Type | readonly Type[]
  /** What its values are in JavaScript. Branches of the same kind make a union a wrapped one. */
  readonly kind: Of
  /** What `toValue` gets for a long, whatever the schema reads its other longs as. Default `"number"`. */
  readonly long?: Long
  /** `declaration` is the annotated type, with every attribute it came with. */
  toValue(underlying: UnderlyingValues<Long>[Type], declaration: AnnotatedDeclaration): Value
  /** What it returns has to be a value of the annotated type, and is checked to be one. */
  toUnderlying(value: Value, declaration: AnnotatedDeclaration): UnderlyingValues<"number" | "bigint">[Type]
}

/** The types that a logical type of one's own may annotate. */
export type AnnotatedType = keyof UnderlyingValues<"number">

/** The JavaScript kinds that values of a logical type may have. */
export type ValueKind = Exclude<Kind, "null">

/** The declaration of an annotated type: `{ type: "bytes", logicalType: "money", currency: "EUR" }`. */
export interface AnnotatedDeclaration {
  readonly type: AnnotatedType
  readonly logicalType: string
  readonly [attribute: string]: unknown
}

/**
 * Defines a logical type, with the type of its values, to be given to `schema` or `protocol` by name:
 * `schema(…, { logicalTypes: { instant } })`. What a conversion throws is thrown on as the `cause` of an
 * `AvroError` that says where: `ERR_AVRO_DATA` for `toValue`, `ERR_AVRO_VALUE` for `toUnderlying`.
 */
export function logicalType<
  const Type extends AnnotatedType,
  const Of extends ValueKind,
  Value extends KindTypes[Of],
  const Long extends "number" | "bigint" = "number",
>(definition: LogicalTypeDefinition<Type, Of, Value, Long>): LogicalTypeDefinition<Type, Of, Value, Long> {
  return Object.freeze(definition)
}

/** Definitions as `schema` is given them; `false` switches a logical type of the specification off. */
export interface LogicalTypesGiven {
  readonly [name: string]: LogicalTypeDefinition | false
}

/** What was given, by name. Throws a `TypeError` for what is no definition. */
export function definitionsByName(given: LogicalTypesGiven): Map<unknown, LogicalTypeDefinition | false> {
  const byName = new Map<unknown, LogicalTypeDefinition | false>(Object.entries(given))
  for (const [name, definition] of byName) {
    if (definition === false || isDefinition(definition)) continue
    throw new TypeError(`logicalTypes: ${describe(name)} is neither what logicalType() returns nor false`)
  }
  return byName
}

/** The logical type that `definition` makes of an annotation; `undefined` for one it is not meant for. */
export function ownLogicalType(
  definition: LogicalTypeDefinition,
  annotation: Annotation,
): LogicalType | undefined {
  const types: readonly string[] = [definition.type].flat()
  if (!types.includes(annotation.type)) return undefined
  const decimal = decimalOf(annotation)
  const name = String(annotation.logicalType)
  const declaration = Object.freeze({ ...annotation }) as AnnotatedDeclaration
  return {
    name,
    isOwn: true,
    kind: definition.kind,
    bigint: definition.long === "bigint",
    ...(name === "decimal" && decimal !== undefined ? { decimal } : {}),
    toValue: (underlying) => {
      try {
        return definition.toValue(underlying, declaration)
      } catch (error) {
        throw failed(
          "ERR_AVRO_DATA",
          `the logical type ${quote(name)} cannot read ${describe(underlying)}`,
          error,
        )
      }
    },
    toUnderlying: (value) => {
      try {
        return definition.toUnderlying(value, declaration)
      } catch (error) {
        throw failed(
          "ERR_AVRO_VALUE",
          `the logical type ${quote(name)} cannot write ${describe(value)}`,
          error,
        )
      }
    },
  }
}

interface UnderlyingValues<Long> {
  readonly boolean: boolean
  readonly int: number
  readonly long: Long extends "bigint" ? bigint : number
  readonly float: number
  readonly double: number
  readonly bytes: Uint8Array
  readonly fixed: Uint8Array
  readonly string: string
}

interface KindTypes {
  readonly boolean: boolean
  readonly number: number | bigint
  readonly string: string
  readonly bytes: Uint8Array
  readonly date: Date
  readonly array: readonly unknown[]
  readonly object: object
}

function isDefinition(given: Partial<LogicalTypeDefinition> | undefined | null): boolean {
  return (
    typeof given?.toValue === "function" &&
    typeof given.toUnderlying === "function" &&
    valueKinds.has(given.kind) &&
    [given.type].flat().every((type) => annotatedTypes.has(type))
  )
}

const valueKinds: ReadonlySet<unknown> = new Set<ValueKind>([
  "boolean",
  "number",
  "string",
  "bytes",
  "date",
  "array",
  "object",
])

const annotatedTypes: ReadonlySet<unknown> = new Set<AnnotatedType>([
  "boolean",
  "int",
  "long",
  "float",
  "double",
  "bytes",
  "fixed",
  "string",
])

function failed(code: "ERR_AVRO_DATA" | "ERR_AVRO_VALUE", message: string, cause: unknown): AvroError {
  const reason = cause instanceof Error ? cause.message : describe(cause)
  return new AvroError(code, `${message}: ${reason}`, { cause })
}
