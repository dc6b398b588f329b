// Node → closure that passes over a value without building it.

import type { Reader } from "../binary/reader.ts"
import { perNode } from "../schema/memo.ts"
import { emptyItemsIn, minBytes, type SchemaNode } from "../schema/node.ts"
import { readIndex } from "./closures/decoder.ts"

/** Moves the reader past one value. Checks only what it needs to find the end. */
export type Skipper = (reader: Reader) => void

/** The skipper of a node, built at its first use. */
export const skipperOf: (node: SchemaNode) => Skipper = perNode(build)

function build(node: SchemaNode): Skipper {
  switch (node.type) {
    case "null":
      return () => {}
    case "boolean":
      return (reader) => reader.skip(1)
    case "int":
    case "long":
    case "enum":
      return (reader) => reader.skipNumber()
    case "float":
      return (reader) => reader.skip(4)
    case "double":
      return (reader) => reader.skip(8)
    case "bytes":
    case "string":
      return skipSized
    case "fixed":
      return (reader) => reader.skip(node.size)
    case "array":
      return skipBlocks(partOf(node.items), minBytes(node.items))
    case "map": {
      const skipValue = partOf(node.values)
      const skipEntry: Skipper = (reader) => {
        skipSized(reader)
        skipValue(reader)
      }
      return skipBlocks(skipEntry, 1)
    }
    case "union": {
      const branches = node.branches.map(partOf)
      return (reader) => branches[readIndex(reader, branches.length, "branches")]?.(reader)
    }
    default: {
      const fields = node.fields.map(({ type }) => partOf(type))
      const emptyItems = emptyItemsIn(node)
      return (reader) => {
        reader.enter()
        if (emptyItems > 0) reader.countEmptyItems(emptyItems)
        for (const skip of fields) skip(reader)
        reader.leave()
      }
    }
  }
}

const skipSized: Skipper = (reader) => reader.skip(reader.readLength("bytes"))

const skipBlocks =
  (skipItem: Skipper, leastItemBytes: number): Skipper =>
  (reader) => {
    reader.enter()
    for (;;) {
      const count = reader.skipBlock(leastItemBytes)
      if (count === undefined) break
      for (let left = count; left > 0; left--) skipItem(reader)
    }
    reader.leave()
  }

/** The skipper of a part. That of a record is found at the first call: it may contain itself. */
function partOf(node: SchemaNode): Skipper {
  if (node.type !== "record") return skipperOf(node)
  let skipper: Skipper = (reader) => {
    skipper = skipperOf(node)
    skipper(reader)
  }
  return (reader) => skipper(reader)
}
