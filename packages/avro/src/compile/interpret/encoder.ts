// Encodes by a plan, step by step: what emitted code does, where no code can be emitted. Every function is
// given `ROOM` bytes at `position` and returns where it ended. They check as little as they can, and on any
// doubt throw `MISFIT`: the closure then does the value again.

import type { Writer } from "../../binary/writer.ts"
import type { SchemaNode } from "../../schema/node.ts"
import { type Encoder, isObject } from "../closures/encoder.ts"
import { MISFIT } from "../misfit.ts"
import {
  countEntries,
  hasOwn,
  onlyKey,
  ownField,
  SLACK,
  writeBytes,
  writeFixed,
  writeFloats,
  writeLong,
  writeString,
  writeVarint,
} from "../runtime/encode.ts"
import {
  type Branch,
  type BranchesByKind,
  type BranchesByName,
  type EncodeStep,
  encodeStep,
  type FieldPlan,
  fieldsOf,
  type RecordPlan,
} from "./encode-plan.ts"

/** What the index of a branch and a number in it take at most. */
const ROOM = 16

/** An encoder of a node that leaves to `closure` what does not fit. */
export function interpretingEncoder(node: SchemaNode, closure: Encoder): Encoder {
  const step = encodeStep(node)
  return (writer, value) => {
    const { length } = writer
    try {
      const position = makeRoom(writer, writer["~position"])
      writer["~position"] = write(step, writer, position, value, writer.depth)
    } catch {
      writer.truncate(length)
      closure(writer, value)
    }
  }
}

function makeRoom(writer: Writer, position: number): number {
  return writer["~bytes"].length - position < ROOM ? writer["~reserve"](position, SLACK) : position
}

function write(step: EncodeStep, writer: Writer, position: number, value: unknown, depth: number): number {
  switch (step.op) {
    case "string":
      if (typeof value !== "string") throw MISFIT
      return writeString(writer, position, value)
    case "int":
      if (typeof value !== "number" || value !== (value | 0)) throw MISFIT
      return writeVarint(writer["~bytes"], position, (value << 1) ^ (value >> 31))
    case "long":
      if (typeof value !== "number" || value !== (value | 0))
        return writeLong(writer["~bytes"], position, value)
      return writeVarint(writer["~bytes"], position, (value << 1) ^ (value >> 31))
    case "record":
      return writeRecord(step.of, writer, position, value, depth)
    case "bare union": {
      const branch = branchFor(step.of, value)
      if (branch === undefined) throw MISFIT
      const after = writeVarint(writer["~bytes"], position, branch.index * 2)
      return write(branch.step, writer, after, value, depth)
    }
    case "null":
      if (value !== null) throw MISFIT
      return position
    case "boolean":
      if (typeof value !== "boolean") throw MISFIT
      writer["~bytes"][position] = value ? 1 : 0
      return position + 1
    case "double":
      if (typeof value !== "number") throw MISFIT
      writer["~view"].setFloat64(position, value, true)
      return position + 8
    case "float":
      if (typeof value !== "number") throw MISFIT
      writer["~view"].setFloat32(position, value, true)
      return position + 4
    case "enum": {
      const index = step.of.get(value)
      if (index === undefined) throw MISFIT
      return writeVarint(writer["~bytes"], position, index * 2)
    }
    case "bytes":
      return writeBytes(writer, position, value)
    case "fixed":
      return writeFixed(writer, position, value, step.of)
    case "array":
      return writeArray(step.of, writer, position, value, depth)
    case "map":
      return writeMap(step.of, writer, position, value, depth)
    case "wrapped union":
      return writeWrapped(step.of, writer, position, value, depth)
    case "logical": {
      const { type, underlying } = step.of
      return write(underlying, writer, position, type.toUnderlying(value, writer.limits), depth)
    }
  }
}

/** The most frequent fields are written in place: a call takes as long as the rest. */
function writeRecord(
  plan: RecordPlan,
  writer: Writer,
  position: number,
  value: unknown,
  depth: number,
): number {
  if (!isObject(value) || depth >= writer.limits.maxDepth) throw MISFIT
  const fields = plan.fields ?? fieldsOf(plan)
  for (let index = 0; index < fields.length; index++) {
    const { name, isInherited, default: bytes, step } = fields[index] as FieldPlan
    const field = isInherited ? ownField(value, name) : value[name]
    if (field === undefined && bytes !== undefined) {
      position = writeFixed(writer, position, bytes, bytes.length)
      continue
    }
    position = makeRoom(writer, position)
    if (step.op === "string" && typeof field === "string") {
      position = writeString(writer, position, field)
    } else if (
      (step.op === "int" || step.op === "long") &&
      typeof field === "number" &&
      field === (field | 0)
    ) {
      position = writeVarint(writer["~bytes"], position, (field << 1) ^ (field >> 31))
    } else if (step.op === "bare union" && field === null && step.of.null !== undefined) {
      position = writeVarint(writer["~bytes"], position, step.of.null.index * 2)
    } else {
      position = write(step, writer, position, field, depth + 1)
    }
  }
  return position
}

function writeArray(
  step: EncodeStep,
  writer: Writer,
  position: number,
  value: unknown,
  depth: number,
): number {
  if (!Array.isArray(value) || depth >= writer.limits.maxDepth) throw MISFIT
  const { length } = value
  if (length > 0) {
    position = writeVarint(writer["~bytes"], position, length * 2)
    if (step.op === "double") position = writeFloats(writer, position, value, 8)
    else if (step.op === "float") position = writeFloats(writer, position, value, 4)
    else {
      for (let index = 0; index < length; index++) {
        position = write(step, writer, makeRoom(writer, position), value[index], depth + 1)
      }
    }
  }
  position = makeRoom(writer, position)
  writer["~bytes"][position] = 0
  return position + 1
}

function writeMap(step: EncodeStep, writer: Writer, position: number, value: unknown, depth: number): number {
  if (depth >= writer.limits.maxDepth) throw MISFIT
  const count = countEntries(value)
  if (count > 0) {
    const map = value as Record<string, unknown>
    position = writeVarint(writer["~bytes"], position, count * 2)
    let written = 0
    for (const key in map) {
      if (!hasOwn.call(map, key)) continue
      written++
      const item = map[key]
      position = write(step, writer, writeString(writer, position, key), item, depth + 1)
    }
    if (written !== count) throw MISFIT
  }
  position = makeRoom(writer, position)
  writer["~bytes"][position] = 0
  return position + 1
}

function branchFor(branches: BranchesByKind, value: unknown): Branch | undefined {
  switch (typeof value) {
    case "string":
      return branches.string
    case "number":
    case "bigint":
      return branches.number
    case "boolean":
      return branches.boolean
    case "object":
      if (value === null) return branches.null
      if (Array.isArray(value)) return branches.array
      if (value instanceof Uint8Array) return branches.bytes
      return value instanceof Date ? branches.date : branches.object
    default:
      return undefined
  }
}

function writeWrapped(
  branches: BranchesByName,
  writer: Writer,
  position: number,
  value: unknown,
  depth: number,
): number {
  const name = value === null ? "null" : onlyKey(value)
  const branch = branches.get(name)
  // Null alone is not wrapped.
  if (branch === undefined || (branch.step.op === "null") !== (value === null)) throw MISFIT
  const after = writeVarint(writer["~bytes"], position, branch.index * 2)
  const inner = value === null ? null : (value as Record<string, unknown>)[name]
  return write(branch.step, writer, after, inner, depth)
}
