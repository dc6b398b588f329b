// Which branch of a union a JavaScript value belongs to: by its kind where the union is bare, by the one
// key of the object where it is wrapped.

import { AvroError, describe } from "../errors.ts"
import {
  branchName,
  type Kind,
  kindOf,
  kindOfValue,
  type SchemaNode,
  type UnionNode,
} from "../schema/node.ts"

/** A value of a union, taken apart. */
export interface BranchValue {
  readonly index: number
  readonly branch: SchemaNode
  /** The value without the branch's name around it. */
  readonly value: unknown
  /** The key under which the value stood, for the path of an error. */
  readonly key: string | undefined
}

/** Finds the branch of a value. Throws `ERR_AVRO_VALUE` for a value that belongs to none. */
export function branchOf(node: UnionNode, value: unknown): BranchValue {
  const { byName, byKind } = lookupOf(node)
  let key: string | undefined
  let index: number | undefined
  if (value === null) index = byKind.get("null")
  else if (!node.wrapped) index = byKind.get(kindOfValue(value))
  else if (kindOfValue(value) === "object") {
    const keys = Object.keys(value as object)
    key = keys.length === 1 ? keys[0] : undefined
    index = byName.get(key)
  }
  const branch = node.branches[index ?? -1]
  if (index === undefined || branch === undefined) throw unfit(node, value)
  return { index, branch, value: key === undefined ? value : (value as Record<string, unknown>)[key], key }
}

/** The branch of this name, which is not null; `undefined` where the union has none. */
export function branchNamed(node: UnionNode, name: string): SchemaNode | undefined {
  return node.branches[lookupOf(node).byName.get(name) ?? -1]
}

/** Whether null is one of the branches. */
export function takesNull(node: UnionNode): boolean {
  return lookupOf(node).byKind.has("null")
}

interface Lookup {
  /** The index of each branch but null, which is never wrapped. */
  readonly byName: ReadonlyMap<string | undefined, number>
  readonly byKind: ReadonlyMap<Kind | undefined, number>
}

const lookups = new WeakMap<UnionNode, Lookup>()

function lookupOf(node: UnionNode): Lookup {
  const known = lookups.get(node)
  if (known !== undefined) return known
  const byName = new Map<string, number>()
  const byKind = new Map<Kind, number>()
  for (const [index, branch] of node.branches.entries()) {
    if (branch.type === "union") continue // no union contains one
    byKind.set(kindOf(branch), index)
    if (branch.type !== "null") byName.set(branchName(branch), index)
  }
  const lookup = { byName, byKind }
  lookups.set(node, lookup)
  return lookup
}

function unfit({ branches, wrapped }: UnionNode, value: unknown): AvroError {
  const names = branches.slice(0, 10).map((branch) => {
    const name = branchName(branch)
    return wrapped && name !== "null" ? `{ ${JSON.stringify(name)}: … }` : name
  })
  const expected = names.join(" or ") + (branches.length > 10 ? " or …" : "")
  return new AvroError("ERR_AVRO_VALUE", `expected ${expected}, got ${describe(value)}`)
}
