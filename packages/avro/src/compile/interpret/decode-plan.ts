// Node → the steps that decode its values; or two nodes → the steps that read a writer's data as a reader's
// values, by the rules of schema resolution. See decoder.ts. What the rules refuse is left to the closures,
// which refuse it with the reason.

import type { Limits } from "../../limits.ts"
import { matchFields, matchingBranch } from "../../resolution/rules.ts"
import { perPair } from "../../schema/memo.ts"
import {
  type ArrayNode,
  branchName,
  type EnumNode,
  emptyItemsIn,
  type FieldNode,
  minBytes,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"
import type { Decoder } from "../closures/decoder.ts"
import { resolverOf } from "../closures/resolver.ts"
import { createShape, type Shape } from "../closures/shape.ts"
import { readDefault } from "../runtime/by-closure.ts"
import { Keys } from "../runtime/keys.ts"
import { type Skipper, skipperOf } from "../skipper.ts"

/** What to do for a value. All steps have the same two properties: V8 then finds `op` at the first look. */
export type DecodeStep =
  | {
      readonly op: "null" | "boolean" | "int" | "long" | "bigint" | "float" | "double"
      readonly of: undefined
    }
  | { readonly op: "string" | "bytes"; readonly of: undefined }
  | { readonly op: "fixed"; readonly of: number }
  /** The reader's symbols for the writer's; `undefined` for one that it has none for. */
  | { readonly op: "enum"; readonly of: readonly (string | undefined)[] }
  | { readonly op: "array"; readonly of: ArrayPlan }
  | { readonly op: "map"; readonly of: MapPlan }
  | { readonly op: "union"; readonly of: readonly DecodeStep[] }
  | { readonly op: "wrap"; readonly of: Wrapping }
  | { readonly op: "record"; readonly of: RecordPlan }
  | { readonly op: "convert"; readonly of: Conversion }
  | { readonly op: "closure"; readonly of: Decoder }
  | { readonly op: "refuse"; readonly of: undefined }
  // In records only: what is not read, and what is not in the data.
  | { readonly op: "skip number" | "skip sized"; readonly of: undefined }
  | { readonly op: "skip"; readonly of: Skipper }
  | { readonly op: "constant"; readonly of: unknown }
  | { readonly op: "default"; readonly of: FieldNode }

export interface ArrayPlan {
  readonly items: DecodeStep
  /** The least that an item takes. */
  readonly leastBytes: number
}

export interface MapPlan {
  readonly values: DecodeStep
  readonly keys: Keys
}

export interface Wrapping {
  readonly name: string
  readonly step: DecodeStep
  readonly Shape: Shape
}

export interface RecordPlan {
  readonly writer: RecordNode
  readonly reader: RecordNode
  readonly Shape: Shape
  /** `undefined` before the first value: a record may contain itself. */
  parts: readonly Part[] | undefined
}

/** What is done for one field, of the writer's, the reader's or both. */
export interface Part {
  readonly name: string
  readonly step: DecodeStep
}

interface Conversion {
  readonly step: DecodeStep
  readonly convert: (value: never, limits: Limits) => unknown
}

/** The step that reads as `reader` what was written as `writer`: often one and the same. */
export function decodeStep(writer: SchemaNode, reader: SchemaNode): DecodeStep {
  if (writer !== reader) {
    if (writer.type === "union") {
      return { op: "union", of: writer.branches.map((branch) => decodeStep(branch, reader)) }
    }
    if (reader.type === "union") {
      const branch = matchingBranch(writer, reader)
      return branch === undefined ? REFUSE : wrapped(branch, reader, decodeStep(writer, branch))
    }
    if (!canResolve(writer, reader)) return REFUSE
  }
  const { logicalType } = reader
  const step = plainStep(writer, reader)
  if (logicalType === undefined) return step
  return converted(step, (value, limits) => logicalType.toValue(value, limits))
}

const REFUSE: DecodeStep = { op: "refuse", of: undefined }

function wrapped(branch: SchemaNode, { wrapped: isWrapped }: UnionNode, step: DecodeStep): DecodeStep {
  if (!isWrapped || branch.type === "null") return step
  return { op: "wrap", of: { name: branchName(branch), step, Shape: createShape(1) } }
}

function canResolve(writer: SchemaNode, reader: SchemaNode): boolean {
  try {
    resolverOf(writer, reader)
    return true
  } catch {
    return false
  }
}

function converted(step: DecodeStep, convert: Conversion["convert"]): DecodeStep {
  return { op: "convert", of: { step, convert } }
}

/** `writer` is of the reader's own type, or of one that is promoted to it. */
function plainStep(writer: SchemaNode, reader: SchemaNode): DecodeStep {
  switch (reader.type) {
    case "long":
      if (!reader.bigint) return numberStep(writer)
      return writer.type === "long" ? { op: "bigint", of: undefined } : converted(numberStep(writer), BigInt)
    case "float":
      return writer.type === "float" ? numberStep(writer) : converted(numberStep(writer), Math.fround)
    case "double":
      return numberStep(writer)
    case "fixed":
      return { op: "fixed", of: reader.size }
    case "enum":
      return { op: "enum", of: symbolsFor(writer as EnumNode, reader) }
    case "array":
      return arrayStep(writer as ArrayNode, reader)
    case "map":
      return {
        op: "map",
        of: { values: decodeStep((writer as typeof reader).values, reader.values), keys: new Keys() },
      }
    case "union": {
      const steps = reader.branches.map((branch) => wrapped(branch, reader, decodeStep(branch, branch)))
      return { op: "union", of: steps }
    }
    case "record":
      return recordStep(writer as RecordNode, reader)
    default:
      return { op: reader.type, of: undefined }
  }
}

function numberStep({ type }: SchemaNode): DecodeStep {
  return { op: type as "int" | "long" | "float" | "double", of: undefined }
}

function symbolsFor(writer: EnumNode, reader: EnumNode): readonly (string | undefined)[] {
  return writer.symbols.map((symbol) => (reader.indices.has(symbol) ? symbol : reader.default))
}

/** Items that take no bytes have to be counted, which is left to the closures. */
function arrayStep(writer: ArrayNode, reader: ArrayNode): DecodeStep {
  const leastBytes = minBytes(writer.items)
  if (leastBytes === 0) return { op: "closure", of: resolverOf(writer, reader) }
  return { op: "array", of: { items: decodeStep(writer.items, reader.items), leastBytes } }
}

/** So are fields that take none, and a name that cannot be assigned to. */
function recordStep(writer: RecordNode, reader: RecordNode): DecodeStep {
  const isLeft = emptyItemsIn(writer) > 0 || reader.fields.some(({ name }) => name === "__proto__")
  return isLeft
    ? { op: "closure", of: resolverOf(writer, reader) }
    : { op: "record", of: recordPlan(writer, reader) }
}

const recordPlan = perPair((writer, reader): RecordPlan => {
  const nodes = { writer: writer as RecordNode, reader: reader as RecordNode }
  return { ...nodes, Shape: createShape(nodes.reader.fields.length), parts: undefined }
})

/** The parts of a record, planned at the first call. */
export function partsOf(plan: RecordPlan): readonly Part[] {
  return (plan.parts ??= planParts(plan.writer, plan.reader))
}

/**
 * The parts come in the writer's order, as their bytes do. Properties come in the reader's, so that all values
 * look alike: where the writer has a field too early, those before it get a value or keep their places first.
 */
function planParts(writer: RecordNode, reader: RecordNode): Part[] {
  const targets = matchFields(writer, reader)
  const matched = new Set(targets.values())
  const places = new Map(reader.fields.map((field, index) => [field, index]))
  const parts: Part[] = []
  let placed = 0
  const placeUntil = (end: number): void => {
    for (const field of reader.fields.slice(placed, end)) {
      parts.push({ name: field.name, step: matched.has(field) ? KEPT_PLACE : defaultStep(field) })
    }
    placed = Math.max(placed, end)
  }
  for (const source of writer.fields) {
    const target = targets.get(source)
    if (target === undefined) {
      parts.push({ name: source.name, step: skipStep(source.type) })
      continue
    }
    const index = places.get(target) as number
    placeUntil(index)
    placed = Math.max(placed, index + 1)
    parts.push({ name: target.name, step: decodeStep(source.type, target.type) })
  }
  placeUntil(reader.fields.length)
  return parts
}

const KEPT_PLACE: DecodeStep = { op: "constant", of: undefined }

/** The same value each time where nobody can change it, one decoded anew where somebody could. */
function defaultStep(field: FieldNode): DecodeStep {
  if (field.default === undefined) return REFUSE
  const value = readDefault(field)
  return typeof value === "object" && value !== null
    ? { op: "default", of: field }
    : { op: "constant", of: value }
}

function skipStep(node: SchemaNode): DecodeStep {
  switch (node.type) {
    case "int":
    case "long":
    case "enum":
      return { op: "skip number", of: undefined }
    case "string":
    case "bytes":
      return { op: "skip sized", of: undefined }
    default:
      return { op: "skip", of: skipperOf(node) }
  }
}
