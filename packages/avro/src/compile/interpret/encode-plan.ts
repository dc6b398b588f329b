// Node → the steps that encode its values. See encoder.ts.

import { perNode } from "../../schema/memo.ts"
import {
  branchName,
  type FieldNode,
  type Kind,
  kindOf,
  type LogicalType,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../../schema/node.ts"

/** What to do with a value. All steps have the same two properties: V8 then finds `op` at the first look. */
export type EncodeStep =
  | { readonly op: "null" | "boolean" | "int" | "long" | "float" | "double"; readonly of: undefined }
  | { readonly op: "string" | "bytes"; readonly of: undefined }
  | { readonly op: "fixed"; readonly of: number }
  | { readonly op: "enum"; readonly of: ReadonlyMap<unknown, number> }
  | { readonly op: "array" | "map"; readonly of: EncodeStep }
  | { readonly op: "bare union"; readonly of: BranchesByKind }
  | { readonly op: "wrapped union"; readonly of: BranchesByName }
  | { readonly op: "record"; readonly of: RecordPlan }
  | { readonly op: "logical"; readonly of: Logical }

/** The branch for each kind of JavaScript value. */
export type BranchesByKind = Readonly<Record<Kind, Branch | undefined>>

/** The branches by what they are called where values are wrapped. */
export type BranchesByName = ReadonlyMap<string, Branch>

export interface Branch {
  readonly index: number
  readonly step: EncodeStep
}

export interface RecordPlan {
  readonly node: RecordNode
  /** `undefined` before the first value: a record may contain itself. */
  fields: readonly FieldPlan[] | undefined
}

export interface FieldPlan {
  readonly name: string
  /** Whether every object inherits something of this name. */
  readonly isInherited: boolean
  readonly default: Uint8Array | undefined
  readonly step: EncodeStep
}

interface Logical {
  readonly type: LogicalType
  readonly underlying: EncodeStep
}

/** The step that encodes values of a node. */
export function encodeStep(node: SchemaNode): EncodeStep {
  const { logicalType } = node
  if (logicalType === undefined) return plainStep(node)
  return { op: "logical", of: { type: logicalType, underlying: plainStep(node) } }
}

function plainStep(node: SchemaNode): EncodeStep {
  switch (node.type) {
    case "fixed":
      return { op: "fixed", of: node.size }
    case "enum":
      return { op: "enum", of: node.indices }
    case "array":
      return { op: "array", of: encodeStep(node.items) }
    case "map":
      return { op: "map", of: encodeStep(node.values) }
    case "union":
      return node.wrapped
        ? { op: "wrapped union", of: branchesByName(node) }
        : { op: "bare union", of: branchesByKind(node) }
    case "record":
      return { op: "record", of: recordPlan(node) }
    default:
      return { op: node.type, of: undefined }
  }
}

function branchesByKind({ branches }: UnionNode): BranchesByKind {
  const byKind: Record<Kind, Branch | undefined> = {
    null: undefined,
    boolean: undefined,
    number: undefined,
    string: undefined,
    bytes: undefined,
    date: undefined,
    array: undefined,
    object: undefined,
  }
  for (const [index, branch] of branches.entries()) {
    if (branch.type !== "union") byKind[kindOf(branch)] = { index, step: encodeStep(branch) }
  }
  return byKind
}

function branchesByName({ branches }: UnionNode): BranchesByName {
  return new Map(branches.map((branch, index) => [branchName(branch), { index, step: encodeStep(branch) }]))
}

const recordPlan = perNode((node): RecordPlan => ({ node: node as RecordNode, fields: undefined }))

/** The fields of a record, planned at the first call. */
export function fieldsOf(plan: RecordPlan): readonly FieldPlan[] {
  return (plan.fields ??= plan.node.fields.map(fieldPlan))
}

function fieldPlan({ name, type, default: bytes }: FieldNode): FieldPlan {
  return { name, isInherited: name in Object.prototype, default: bytes, step: encodeStep(type) }
}
