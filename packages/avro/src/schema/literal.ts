// What `schema` makes of a literal before it accepts it, in the type checker: the literal itself, except
// that what breaks a rule becomes something it does not fit. So the error stands at the place of the
// mistake, and says what is wrong:
//
//   { name: "author", type: "Usr" }
//                           ~~~~~  '"Usr"' is not assignable to 'AvroTypeError<"Unknown type name \"Usr\"">'
//
// An object that lacks an attribute, or has one of the wrong type, is measured against the definition of
// its kind in `definition.ts`. What one type cannot show, such as a name that is taken, is left to run time.

import type {
  ArrayDefinition,
  EnumDefinition,
  FieldDefinition,
  FixedDefinition,
  MapDefinition,
  PrimitiveDefinition,
  RecordDefinition,
} from "./definition.ts"
import type { AvroTypeError, BranchName, HasTwice } from "./infer.ts"
import type { FullName, NamesIn, NamespaceOf, Resolve } from "./infer-names.ts"
import type { PrimitiveName } from "./node.ts"

/**
 * Declaration `S` as `schema` accepts it: what a function takes that hands a literal on to `schema`, as
 * in `function table<const S>(definition: SchemaLiteral<S>)`.
 */
export type SchemaLiteral<S> = CheckedSchema<S, NamesIn<S>, "">

/**
 * Beside `SchemaDefinition` in the constraint of a literal: that one makes editors offer its attributes,
 * and this one leaves mistakes to `SchemaLiteral`, which knows where they are.
 */
export type Anything = {} | null | undefined

/** Declaration `S` in namespace `Space`, where `Names` are known. */
// biome-ignore format: a table reads better than a staircase
export type CheckedSchema<S, Names, Space extends string> =
    [string] extends [S] ? S // known only at run time; the compiler also infers S from here
  : S extends PrimitiveName ? S
  : S extends string ? [Resolve<S, Names, Space>] extends [never]
    // The names that there are stand beside the error: editors offer them, and the compiler guesses.
    ? PrimitiveName | (keyof Names & string) | AvroTypeError<`Unknown type name "${S}"`>
    : S
  : S extends readonly unknown[] ? CheckedUnion<S, Names, Space>
  : S extends { readonly type: "record" | "error" }
    ? S extends RecordShape ? CheckedRecord<S, Names, NamespaceOf<FullName<S, Space>>> : RecordDefinition
  : S extends { readonly type: "enum" } ? S extends EnumShape ? CheckedEnum<S> : EnumDefinition
  : S extends { readonly type: "array" }
    ? S extends { readonly items: unknown } ? Checked<S, "items", CheckedSchema<S["items"], Names, Space>> : ArrayDefinition
  : S extends { readonly type: "map" }
    ? S extends { readonly values: unknown } ? Checked<S, "values", CheckedSchema<S["values"], Names, Space>> : MapDefinition
  : S extends { readonly type: "fixed" } ? S extends FixedDefinition ? S : FixedDefinition
  : S extends { readonly type: infer T }
    ? T extends PrimitiveName ? S extends PrimitiveDefinition ? S : PrimitiveDefinition
    : Checked<S, "type", CheckedSchema<T, Names, Space> | KindName>
  : S extends object ? S & { readonly type: AvroTypeError<"An object that declares a type needs \"type\""> }
  : AvroTypeError<"A schema is the name of a type, an object or an array">

/** The fields of a record, or the parameters of a message. */
// biome-ignore format: a table reads better than a staircase
export type CheckedFields<F, Names, Space extends string> = {
  [I in keyof F]:
      F[I] extends FieldShape ? Checked<F[I], "type", CheckedSchema<F[I]["type"], Names, Space>>
    : FieldDefinition
}

/** What `type` may be beside a name. */
type KindName = "record" | "error" | "enum" | "array" | "map" | "fixed"

// What has to hold before one looks deeper.
interface RecordShape extends Omit<RecordDefinition, "fields"> {
  readonly fields: readonly unknown[]
}
interface FieldShape extends Omit<FieldDefinition, "type"> {
  readonly type: unknown
}
type EnumShape = Omit<EnumDefinition, "default">

/** A mapped type, which the compiler leaves for later: so records may nest deeper than it counts. */
type CheckedRecord<S, Names, Space extends string> = {
  [K in keyof S]: K extends "fields" ? CheckedFields<S[K], Names, Space> : S[K]
}

/** `S` itself where what stands at `At` was found right, which is the rule and saves a type. */
type Checked<S, At extends keyof S, Found> = S[At] extends Found
  ? S
  : { [K in keyof S]: K extends At ? Found : S[K] }

// biome-ignore format: a table reads better than a staircase
type CheckedEnum<S extends EnumShape> =
    S extends { readonly default: infer D }
    ? D extends S["symbols"][number] ? S
    : { [K in keyof S]: K extends "default" ? S["symbols"][number] | AvroTypeError<"The default of an enum is one of its symbols"> : S[K] }
  : S

// biome-ignore format: a table reads better than a staircase
type CheckedUnion<S extends readonly unknown[], Names, Space extends string> =
    [string] extends [S[number]] ? S
  : HasTwice<{ [I in keyof S]: BranchName<S[I], Names, Space> }> extends true ? CheckedBranches<S, Names, Space>
  : { [I in keyof S]: CheckedBranch<S[I], Names, Space> }

type CheckedBranch<S, Names, Space extends string> = S extends readonly unknown[]
  ? AvroTypeError<"A union must not contain another directly">
  : CheckedSchema<S, Names, Space>

/** The branches of a union that has one twice, one after the other. */
// biome-ignore format: a table reads better than a staircase
type CheckedBranches<S, Names, Space extends string, Seen = never, Done extends readonly unknown[] = readonly []> =
  S extends readonly [infer First, ...infer Rest]
    ? BranchName<First, Names, Space> extends infer Name
      ? CheckedBranches<Rest, Names, Space, Seen | Name, readonly [
          ...Done,
          [Name] extends [never] ? CheckedBranch<First, Names, Space>
        : [Name] extends [Seen] ? AvroTypeError<`A union must not contain "${Name & string}" twice`>
        : CheckedBranch<First, Names, Space>,
        ]>
      : never
    : Done
