// Decodes by a plan, step by step: what emitted code does, where no code can be emitted. Every function reads
// at `position` and leaves the reader's own position after what it read. Reading past the end gives
// `undefined`, and is found out behind each record and behind the whole value. On any doubt they throw
// `MISFIT`: the closure then does the value again.

import type { Reader } from "../../binary/reader.ts"
import type { SchemaNode } from "../../schema/node.ts"
import { type Decoder, setOwn } from "../closures/decoder.ts"
import { MAX_PREPARED } from "../max-prepared.ts"
import { MISFIT } from "../misfit.ts"
import { readDefault, readViaClosure } from "../runtime/by-closure.ts"
import {
  readBigInt,
  readBytes,
  readCount,
  readDouble,
  readFixed,
  readFloat,
  readFloats,
  readInt,
  readString,
  skipNumber,
  skipSized,
} from "../runtime/decode.ts"
import {
  type ArrayPlan,
  type DecodeStep,
  decodeStep,
  type MapPlan,
  type Part,
  partsOf,
  type RecordPlan,
  type Wrapping,
} from "./decode-plan.ts"
import { readInteger, readIntegers } from "./numbers.ts"

/** A decoder of a node that leaves to `closure` what does not fit; with a writer's node, of that writer's data. */
export function interpretingDecoder(
  closure: Decoder,
  reader: SchemaNode,
  writer: SchemaNode = reader,
): Decoder {
  const step = decodeStep(writer, reader)
  return (input) => {
    const { bytes, position, depth, "~emptyItems": emptyItems } = input
    try {
      const value = read(step, input, bytes, position, depth)
      if (input.position > bytes.length) throw MISFIT
      return value
    } catch {
      input.position = position
      input.depth = depth
      input["~emptyItems"] = emptyItems
      return closure(input)
    }
  }
}

function read(step: DecodeStep, input: Reader, bytes: Uint8Array, position: number, depth: number): unknown {
  switch (step.op) {
    case "string":
      return readString(input, bytes, position)
    case "int":
    case "long": {
      const byte = bytes[position] as number
      if (byte > 0x7f) return readInteger(step.op, input, bytes, position)
      input.position = position + 1
      return (byte >>> 1) ^ -(byte & 1)
    }
    case "record":
      return readRecord(step.of, input, bytes, position, depth)
    case "union": {
      const branch = step.of[readIndex(input, bytes, position, step.of.length)] as DecodeStep
      return read(branch, input, bytes, input.position, depth)
    }
    case "null":
      input.position = position
      return null
    case "boolean":
      if ((bytes[position] as number) > 1) throw MISFIT
      input.position = position + 1
      return bytes[position] === 1
    case "double":
      input.position = position + 8
      return readDouble(bytes, position)
    case "float":
      input.position = position + 4
      return readFloat(bytes, position)
    case "enum": {
      const symbol = step.of[readIndex(input, bytes, position, step.of.length)]
      if (symbol === undefined) throw MISFIT
      return symbol
    }
    case "bytes":
      return readBytes(input, bytes, position)
    case "fixed":
      return readFixed(input, bytes, position, step.of)
    case "array":
      return readArray(step.of, input, bytes, position, depth)
    case "map":
      return readMap(step.of, input, bytes, position, depth)
    case "wrap":
      return wrap(step.of, input, bytes, position, depth)
    case "convert":
      return step.of.convert(read(step.of.step, input, bytes, position, depth) as never, input.limits)
    case "bigint":
      return readBigInt(input, bytes, position)
    case "closure":
      return readViaClosure(input, position, depth, step.of)
    case "default":
      input.position = position
      return readDefault(step.of, input.limits)
    default:
      throw MISFIT
  }
}

/** The index of a symbol or a branch. */
function readIndex(input: Reader, bytes: Uint8Array, position: number, count: number): number {
  let index = bytes[position] as number
  if ((index & 0x81) === 0) {
    index >>= 1
    input.position = position + 1
  } else index = readInt(input, bytes, position)
  if (index < 0 || index >= count) throw MISFIT
  return index
}

function wrap(
  { name, step, Shape }: Wrapping,
  input: Reader,
  bytes: Uint8Array,
  position: number,
  depth: number,
): unknown {
  const wrapper = new Shape()
  setOwn(wrapper, name, read(step, input, bytes, position, depth))
  return wrapper
}

/** The most frequent fields are read in place: a call takes as long as the rest. */
function readRecord(
  plan: RecordPlan,
  input: Reader,
  bytes: Uint8Array,
  position: number,
  depth: number,
): unknown {
  if (depth >= input.limits.maxDepth) throw MISFIT
  const record = new plan.Shape()
  const parts = plan.parts ?? partsOf(plan)
  for (let index = 0; index < parts.length; index++) {
    const { name, step } = parts[index] as Part
    let value: unknown
    switch (step.op) {
      case "int":
      case "long": {
        const byte = bytes[position++] as number
        if (byte < 0x80) {
          value = (byte >>> 1) ^ -(byte & 1)
          break
        }
        value = readInteger(step.op, input, bytes, position - 1)
        position = input.position
        break
      }
      case "boolean":
        if ((bytes[position] as number) > 1) throw MISFIT
        value = bytes[position++] === 1
        break
      case "union": {
        const branch = step.of[readIndex(input, bytes, position, step.of.length)] as DecodeStep
        value = branch.op === "null" ? null : read(branch, input, bytes, input.position, depth + 1)
        position = input.position
        break
      }
      case "constant":
        value = step.of
        break
      case "skip number":
      case "skip sized":
      case "skip":
        position = skip(step, input, bytes, position, depth + 1)
        continue
      default:
        value =
          step.op === "string"
            ? readString(input, bytes, position)
            : read(step, input, bytes, position, depth + 1)
        position = input.position
    }
    record[name] = value
  }
  // Here and not only at the end: records of records of numbers would multiply behind it.
  if (position > bytes.length) throw MISFIT
  input.position = position
  return record
}

function skip(step: DecodeStep, input: Reader, bytes: Uint8Array, position: number, depth: number): number {
  switch (step.op) {
    case "skip number":
      return skipNumber(input, bytes, position)
    case "skip sized":
      return skipSized(input, bytes, position)
    case "skip":
      readViaClosure(input, position, depth, step.of)
      return input.position
    default:
      throw MISFIT
  }
}

function readArray(
  { items: step, leastBytes }: ArrayPlan,
  input: Reader,
  bytes: Uint8Array,
  position: number,
  depth: number,
): unknown {
  if (depth >= input.limits.maxDepth) throw MISFIT
  switch (step.op) {
    case "int":
    case "long":
      return readIntegers(step.op, input, bytes, position)
    case "float":
      return readFloats(input, bytes, position, 4)
    case "double":
      return readFloats(input, bytes, position, 8)
    default:
      return readItems(step, input, bytes, position, leastBytes, depth + 1)
  }
}

function readItems(
  step: DecodeStep,
  input: Reader,
  bytes: Uint8Array,
  position: number,
  leastBytes: number,
  depth: number,
): unknown[] {
  let count = readCount(input, bytes, position, leastBytes)
  const items = count === 0 || count > MAX_PREPARED ? [] : Array<unknown>(count)
  let index = 0
  for (; count !== 0; count = readCount(input, bytes, input.position, leastBytes)) {
    for (const end = index + count; index < end; index++) {
      items[index] =
        step.op === "record"
          ? readRecord(step.of, input, bytes, input.position, depth)
          : read(step, input, bytes, input.position, depth)
    }
  }
  return items
}

function readMap(
  { values: step, keys }: MapPlan,
  input: Reader,
  bytes: Uint8Array,
  position: number,
  depth: number,
): unknown {
  if (depth >= input.limits.maxDepth) throw MISFIT
  const map = keys.createMap()
  let left = readCount(input, bytes, position, 1)
  while (left > 0) {
    const key = keys.read(input, bytes, input.position)
    setOwn(map, key, read(step, input, bytes, input.position, depth + 1))
    if (--left === 0) left = readCount(input, bytes, input.position, 1)
  }
  return map
}
