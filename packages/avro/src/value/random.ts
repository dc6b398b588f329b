// Random values of a schema: for tests, for load, and for a first look at what a schema describes.

import { setOwn } from "../compile/closures/decoder.ts"
import { AvroError } from "../errors.ts"
import { type Limits, limitReached, withDefaults } from "../limits.ts"
import { branchName, type SchemaNode, type UnionNode } from "../schema/node.ts"
import { type Schema, titleOf } from "../schema/schema.ts"
import { heightsIn } from "./heights.ts"
import { createRandom, type Random } from "./random-numbers.ts"
import { type Leaf, randomUnderlying } from "./random-underlying.ts"

/** Options of `randomValue`. */
export interface RandomValueOptions {
  /** An integer; the same one gives the same value. Left out, every call gives another. */
  readonly seed?: number
  /** How deep the value may nest. */
  readonly limits?: Partial<Limits>
}

/**
 * Makes a random value of a schema, as `decode` would return it: small, however recursive the schema,
 * and sometimes odd (the least and the greatest numbers, empty and non-ASCII text), but never NaN.
 * What a seed gives may change between releases.
 *
 * Throws `ERR_AVRO_VALUE` for a schema that no value fits, such as a record that always contains
 * itself, `ERR_AVRO_LIMIT` for one whose least value is too large, and a `TypeError` for a seed that
 * is not an integer.
 */
export function randomValue<Value>(
  schema: Schema<Value, unknown>,
  { seed = Math.floor(Math.random() * 2 ** 32), limits }: RandomValueOptions = {},
): Value {
  const node = schema["~node"]
  const pass: Pass = {
    random: createRandom(seed),
    heights: heightsIn(node),
    limits: withDefaults(limits),
    depth: 0,
    parts: 0,
  }
  if (!isPossible(node, pass)) {
    const reason = "every value would contain another without end, or an enum or a union is empty"
    throw new AvroError("ERR_AVRO_VALUE", `There is no value of ${titleOf(schema)}: ${reason}`)
  }
  return make(node, pass) as Value
}

/** From here on everything is as small as it can be, so that recursive types come to an end. */
const ENOUGH_PARTS = 200
const ENOUGH_DEPTH = 8
/** Some schemas have no small value. One part stands for up to 64 bytes. */
const MAX_PARTS = 1_000_000

interface Pass {
  readonly random: Random
  /** How deep the least value of each node nests; `Infinity` where there is none. */
  readonly heights: ReadonlyMap<SchemaNode, number>
  readonly limits: Limits
  depth: number
  /** How many values are made, within one another and beside. */
  parts: number
}

function make(node: SchemaNode, pass: Pass): unknown {
  pass.parts += node.type === "fixed" ? 1 + node.size / 64 : 1
  if (pass.parts > MAX_PARTS) {
    throw new AvroError("ERR_AVRO_LIMIT", `a value of this schema has more than ${MAX_PARTS} parts`)
  }
  switch (node.type) {
    case "union":
      return makeBranch(node, pass)
    case "array":
      return nested(pass, () =>
        Array.from({ length: lengthOf(node.items, pass) }, () => make(node.items, pass)),
      )
    case "map":
      return nested(pass, () => {
        const map: Record<string, unknown> = {}
        for (let left = lengthOf(node.values, pass); left > 0; left--) {
          setOwn(map, pass.random.text(), make(node.values, pass))
        }
        return map
      })
    case "record":
      return nested(pass, () => {
        const record: Record<string, unknown> = {}
        for (const { name, type } of node.fields) setOwn(record, name, make(type, pass))
        return record
      })
    default:
      return makeLeaf(node, pass)
  }
}

function makeBranch({ branches, wrapped }: UnionNode, pass: Pass): unknown {
  const possible = branches.filter((branch) => isPossible(branch, pass))
  const least = possible.toSorted((a, b) => heightOf(a, pass) - heightOf(b, pass))[0]
  const branch = isLarge(pass) ? (least as SchemaNode) : pass.random.pick(possible)
  const value = make(branch, pass)
  return wrapped && branch.type !== "null" ? { [branchName(branch)]: value } : value
}

// A user's own logical type may refuse what its underlying type can hold.
const ATTEMPTS = 100

function makeLeaf(node: Leaf, { random, limits }: Pass): unknown {
  const { logicalType } = node
  if (logicalType === undefined) return randomUnderlying(node, random)
  for (let attempt = 1; ; attempt++) {
    try {
      const value = logicalType.toValue(randomUnderlying(node, random) as never, limits)
      logicalType.toUnderlying(value, limits)
      return value
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

function nested(pass: Pass, makeParts: () => unknown): unknown {
  if (pass.depth >= pass.limits.maxDepth) {
    throw limitReached("maxDepth", pass.limits, `the least value nests ${pass.depth + 1} deep`)
  }
  pass.depth++
  const value = makeParts()
  pass.depth--
  return value
}

/** How many items an array or a map gets. */
function lengthOf(item: SchemaNode, pass: Pass): number {
  return isLarge(pass) || !isPossible(item, pass) ? 0 : pass.random.below(5)
}

const isLarge = ({ depth, parts }: Pass): boolean => depth > ENOUGH_DEPTH || parts > ENOUGH_PARTS
const isPossible = (node: SchemaNode, pass: Pass): boolean => heightOf(node, pass) < Infinity
const heightOf = (node: SchemaNode, { heights }: Pass): number => heights.get(node) ?? Infinity
