// Writer's node + reader's node → closure that decodes the writer's bytes into the reader's values.
// What lies inside is settled when the first value of it comes (a union's branch, an enum's symbol, an
// array's item): a writer that could have written something unreadable is refused only when it did.
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution

import { createReader, type Reader } from "../../binary/reader.ts"
import { AvroError, inside, quote } from "../../errors.ts"
import { matchFields, matchingBranch, mismatch } from "../../resolution/rules.ts"
import { perPair } from "../../schema/memo.ts"
import {
  branchName,
  type EnumNode,
  emptyItemsIn,
  type FieldNode,
  type PrimitiveNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"
import { skipperOf } from "../skipper.ts"
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
} from "./decoder.ts"
import { createShape } from "./shape.ts"

/** The decoder of one writer's data for one reader. Throws `ERR_AVRO_RESOLUTION` where there can be none. */
export const resolverOf: (writer: SchemaNode, reader: SchemaNode) => Decoder = perPair(build)

function build(writer: SchemaNode, reader: SchemaNode): Decoder {
  if (writer === reader) return decoderOf(reader)
  if (writer.type === "union") return writersUnion(writer, reader)
  if (reader.type === "union") return readersUnion(writer, reader)
  const reason = mismatch(writer, reader)
  if (reason !== undefined) throw unresolvable(writer, reader, reason)
  if (writer.type !== reader.type) return promotion(writer, reader)
  switch (reader.type) {
    case "array":
      return arrayDecoder(lazy((writer as typeof reader).items, reader.items), writer as typeof reader)
    case "map":
      return mapDecoder(lazy((writer as typeof reader).values, reader.values))
    case "enum":
      return enumResolver(writer as EnumNode, reader)
    case "fixed":
      return annotated(reader, fixedDecoder(reader))
    case "record":
      return recordResolver(writer as RecordNode, reader)
    default:
      return annotated(reader, primitiveDecoder(reader))
  }
}

/** If the writer's is a union, its branch, known from the data, is resolved with the reader's schema. */
function writersUnion(writer: UnionNode, reader: SchemaNode): Decoder {
  const branches = writer.branches.map((branch) => lazy(branch, reader))
  return (input) => {
    const decode = branches[readIndex(input, branches.length, "branches")] as Decoder
    return decode(input)
  }
}

/** If the reader's is a union, but the writer's is not: the branch that matches. */
function readersUnion(writer: SchemaNode, reader: UnionNode): Decoder {
  const branch = matchingBranch(writer, reader)
  if (branch === undefined) {
    throw unresolvable(writer, reader, `the reader's union has no branch for ${branchName(writer)}`)
  }
  return wrap(branch, reader.wrapped, resolverOf(writer, branch))
}

function promotion(writer: SchemaNode, reader: SchemaNode): Decoder {
  return annotated(reader, promotedDecoder(writer, reader))
}

function promotedDecoder(writer: SchemaNode, reader: SchemaNode): Decoder {
  switch (reader.type) {
    case "long":
      return reader.bigint ? (input) => BigInt(input.readInt()) : (input) => input.readInt()
    case "float":
    case "double": {
      const round = reader.type === "float" ? Math.fround : Number
      if (writer.type === "float") return (input) => input.readFloat()
      return writer.type === "int"
        ? (input) => round(input.readInt())
        : (input) => round(Number(input.readBigInt()))
    }
    default: // string and bytes are written alike
      return primitiveDecoder(reader as PrimitiveNode)
  }
}

function enumResolver(writer: EnumNode, reader: EnumNode): Decoder {
  const symbols = writer.symbols.map((symbol) => (reader.indices.has(symbol) ? symbol : reader.default))
  return (input) => {
    const index = readIndex(input, symbols.length, "symbols")
    const symbol = symbols[index]
    if (symbol !== undefined) return symbol
    const written = quote(writer.symbols[index] ?? "")
    throw unresolvable(writer, reader, `the reader's enum has neither the symbol ${written} nor a default`)
  }
}

/** Fields are read in the writer's order; those the reader lacks are skipped, those it adds take their defaults. */
function recordResolver(writer: RecordNode, reader: RecordNode): Decoder {
  const targets = matchFields(writer, reader)
  const read = writer.fields.map((field) => readPart(field, targets.get(field)))
  const matched = new Set(targets.values())
  const added = reader.fields
    .filter((field) => !matched.has(field))
    .map((field) => defaultPart(field, writer, reader))
  const parts = [...read, ...added]
  const names = reader.fields.map(({ name }) => name)
  const emptyItems = emptyItemsIn(writer)
  const Shape = createShape(reader.fields.length)
  return (input) => {
    // All fields first, in the reader's order: values of one schema then look alike.
    const record = new Shape()
    for (const name of names) setOwn(record, name, undefined)
    let name = ""
    input.enter()
    if (emptyItems > 0) input.countEmptyItems(emptyItems)
    try {
      for (const part of parts) {
        name = part.name
        part.read(input, record)
      }
    } catch (error) {
      throw inside(error, name)
    }
    input.leave()
    return record
  }
}

interface Part {
  readonly name: string
  readonly read: (input: Reader, record: Record<string, unknown>) => void
}

function readPart(written: FieldNode, field: FieldNode | undefined): Part {
  if (field === undefined) return { name: written.name, read: skipperOf(written.type) }
  const { name } = field
  const decode = lazy(written.type, field.type)
  return { name, read: (input, record) => setOwn(record, name, decode(input)) }
}

function defaultPart(
  { name, type, default: bytes }: FieldNode,
  writer: RecordNode,
  reader: RecordNode,
): Part {
  if (bytes === undefined) {
    throw unresolvable(
      writer,
      reader,
      `field ${quote(name)} is missing from the writer and has no default; add one`,
    )
  }
  const decode = decoderOf(type)
  return { name, read: (input, record) => setOwn(record, name, decode(createReader(bytes, input.limits))) }
}

/** Resolved at the first value: types may be recursive, and what is never written need not be readable. */
function lazy(writer: SchemaNode, reader: SchemaNode): Decoder {
  let resolver: Decoder = (input) => {
    resolver = resolverOf(writer, reader)
    return resolver(input)
  }
  return (input) => resolver(input)
}

const unresolvable = (writer: SchemaNode, reader: SchemaNode, reason: string): AvroError =>
  new AvroError(
    "ERR_AVRO_RESOLUTION",
    `writer's ${branchName(writer)} cannot be read as reader's ${branchName(reader)}: ${reason}`,
  )
