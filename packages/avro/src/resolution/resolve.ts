// Writer's node + reader's node → closure that decodes the writer's bytes into the reader's values.
// Rules that depend on the data (a union branch, an enum symbol) are settled value by value: a writer
// that could have written something unreadable is refused only when it did.
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution

import { createReader, type Reader } from "../binary/reader.ts"
import {
  annotated,
  arrayDecoder,
  type Decoder,
  decoderOf,
  fixedDecoder,
  mapDecoder,
  primitiveDecoder,
  readIndex,
  setOwn,
  wrap,
} from "../compile/decoder.ts"
import { skipperOf } from "../compile/skipper.ts"
import { AvroError, inside, quote } from "../errors.ts"
import {
  branchName,
  type EnumNode,
  type FieldNode,
  type NamedNode,
  type PrimitiveNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../schema/node.ts"
import { canPromote, namesMatch, typesMatch, writersField } from "./rules.ts"

const resolvers = new WeakMap<SchemaNode, WeakMap<SchemaNode, Decoder>>()

/** The decoder of one writer's data for one reader. Throws `ERR_AVRO_RESOLUTION` where there can be none. */
export function resolverOf(writer: SchemaNode, reader: SchemaNode): Decoder {
  if (writer === reader) return decoderOf(reader)
  let ofReader = resolvers.get(reader)
  if (ofReader === undefined) resolvers.set(reader, (ofReader = new WeakMap()))
  const known = ofReader.get(writer)
  if (known !== undefined) return known

  // Set before it is built, so that a recursive record finds itself. Where it cannot be built, what
  // was built around it meanwhile meets the same error.
  let resolver: Decoder
  ofReader.set(writer, (input) => resolver(input))
  try {
    resolver = build(writer, reader)
    ofReader.set(writer, resolver)
    return resolver
  } catch (error) {
    resolver = () => {
      throw error
    }
    ofReader.delete(writer)
    throw error
  }
}

function build(writer: SchemaNode, reader: SchemaNode): Decoder {
  if (writer.type === "union") return writersUnion(writer, reader)
  if (reader.type === "union") return readersUnion(writer, reader)
  if (writer.type !== reader.type) return promotion(writer, reader)
  switch (reader.type) {
    case "array":
      return arrayDecoder(resolverOf((writer as typeof reader).items, reader.items), writer as typeof reader)
    case "map":
      return mapDecoder(resolverOf((writer as typeof reader).values, reader.values))
    case "enum":
      return enumResolver(writer as EnumNode, reader)
    case "fixed":
      requireSameName(writer as NamedNode, reader)
      if ((writer as typeof reader).size !== reader.size) {
        throw unresolvable(writer, reader, `a fixed of ${(writer as typeof reader).size} bytes is not one of ${reader.size}`)
      }
      requireSameScale(writer, reader)
      return annotated(reader, fixedDecoder(reader))
    case "record":
      return recordResolver(writer as RecordNode, reader)
    default:
      requireSameScale(writer, reader)
      return annotated(reader, primitiveDecoder(reader))
  }
}

/** If the writer's is a union, its branch, known from the data, is resolved with the reader's schema. */
function writersUnion(writer: UnionNode, reader: SchemaNode): Decoder {
  const branches = writer.branches.map((branch) => resolverOrError(branch, reader))
  return (input) => {
    const branch = branches[readIndex(input, branches.length, "branches")]
    if (typeof branch === "function") return branch(input)
    throw branch
  }
}

function resolverOrError(writer: SchemaNode, reader: SchemaNode): Decoder | AvroError {
  try {
    return resolverOf(writer, reader)
  } catch (error) {
    if (error instanceof AvroError) return error
    throw error
  }
}

/** If the reader's is a union, but the writer's is not: the first branch that matches. */
function readersUnion(writer: SchemaNode, reader: UnionNode): Decoder {
  const branch = reader.branches.find((branch) => typesMatch(writer, branch))
  if (branch === undefined) {
    throw unresolvable(writer, reader, `the reader's union has no branch for ${branchName(writer)}`)
  }
  return wrap(branch, reader.wrapped, resolverOf(writer, branch))
}

function promotion(writer: SchemaNode, reader: SchemaNode): Decoder {
  if (!canPromote(writer, reader)) throw unresolvable(writer, reader, `${writer.type} cannot be read as ${reader.type}`)
  const toLong = primitiveDecoder({ ...(reader as PrimitiveNode), type: "long" })
  switch (reader.type) {
    case "long":
      return annotated(reader, toLong) // an int is written as a long of its size
    case "float":
      return (input) => Math.fround(Number(input.readBigInt()))
    case "double":
      return writer.type === "float" ? (input) => input.readFloat() : (input) => Number(input.readBigInt())
    default: // string and bytes are written alike
      return annotated(reader, primitiveDecoder(reader as PrimitiveNode))
  }
}

function enumResolver(writer: EnumNode, reader: EnumNode): Decoder {
  requireSameName(writer, reader)
  const symbols = writer.symbols.map((symbol) => (reader.symbols.includes(symbol) ? symbol : reader.default))
  return (input) => {
    const index = readIndex(input, symbols.length, "symbols")
    const symbol = symbols[index]
    if (symbol !== undefined) return symbol
    const written = quote(writer.symbols[index] ?? "")
    throw unresolvable(writer, reader, `the reader's enum has neither the symbol ${written} nor a default`)
  }
}

type Part = (input: Reader, record: Record<string, unknown>) => void

/** Fields are read in the writer's order; those the reader lacks are skipped, those it adds take their defaults. */
function recordResolver(writer: RecordNode, reader: RecordNode): Decoder {
  requireSameName(writer, reader)
  const sources = new Map(reader.fields.map((field) => [writersField(field, writer), field]))
  const read = writer.fields.map((field) => readPart(field, sources.get(field)))
  const added = reader.fields.filter((field) => writersField(field, writer) === undefined)
  const parts = [...read, ...added.map((field) => defaultPart(field, writer, reader))]
  const names = reader.fields.map(({ name }) => name)
  return (input) => {
    // All fields first, in the reader's order: values of one schema then look alike.
    const record: Record<string, unknown> = {}
    for (const name of names) setOwn(record, name, undefined)
    input.enter()
    for (const part of parts) part(input, record)
    input.leave()
    return record
  }
}

function readPart(written: FieldNode, field: FieldNode | undefined): Part {
  if (field === undefined) {
    const skip = skipperOf(written.type)
    return (input) => guarded(written.name, () => skip(input))
  }
  const decode = guarded(field.name, () => resolverOf(written.type, field.type))
  return (input, record) => setOwn(record, field.name, guarded(field.name, () => decode(input)))
}

function defaultPart(field: FieldNode, writer: RecordNode, reader: RecordNode): Part {
  const { name, type, default: bytes } = field
  if (bytes === undefined) {
    throw unresolvable(writer, reader, `field ${quote(name)} is missing from the writer and has no default; add one`)
  }
  const decode = decoderOf(type)
  return (input, record) => setOwn(record, name, decode(createReader(bytes, input.limits)))
}

function guarded<T>(name: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw inside(error, name)
  }
}

function requireSameName(writer: NamedNode, reader: NamedNode): void {
  if (!namesMatch(writer, reader)) throw unresolvable(writer, reader, "their names differ; add the writer's as an alias")
}

/** Decimals match where precision and scale do: the same bytes would stand for another number. */
function requireSameScale(writer: SchemaNode, reader: SchemaNode): void {
  const from = writer.logicalType?.decimal
  const to = reader.logicalType?.decimal
  if (from === undefined || to === undefined || (from.precision === to.precision && from.scale === to.scale)) return
  throw unresolvable(
    writer,
    reader,
    `a decimal of precision ${from.precision} and scale ${from.scale} is not one of ${to.precision} and ${to.scale}`,
  )
}

const unresolvable = (writer: SchemaNode, reader: SchemaNode, reason: string): AvroError =>
  new AvroError(
    "ERR_AVRO_RESOLUTION",
    `writer's ${branchName(writer)} cannot be read as reader's ${branchName(reader)}: ${reason}`,
  )
