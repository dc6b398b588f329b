// Whether a reader's schema can read what a writer's schema writes, and why not: the rules of
// resolution, applied to two schemas before there is any data.
//
// Resolution itself refuses a value, not a schema: a writer whose union has a branch that the reader
// lacks is read until that branch comes. So it is told apart whether something stands in the way of
// every value, or only of some.
//
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution

import { quote } from "../errors.ts"
import {
  branchName,
  type EnumNode,
  type RecordNode,
  type SchemaNode,
  type UnionNode,
} from "../schema/node.ts"
import type { Schema } from "../schema/schema.ts"
import { matchFields, matchingBranch, mismatch } from "./rules.ts"

/** One reason why data of a writer cannot be read. */
export interface Incompatibility {
  /** Where in the reader's values: `.friends[*].email`, and `.tags.*` for the values of a map. */
  readonly path: string
  /** What is wrong, and the remedy where there is one. */
  readonly message: string
  /** Whether no value can be read, or only those that hold this item, this branch or this symbol cannot. */
  readonly when: "always" | "sometimes"
}

/**
 * Whether every value that `writer` can write can be read with schema `reader`. Put into a test, it
 * tells a change of a schema that would break a deployed peer. Never throws; `incompatibilities` has
 * the reasons.
 *
 * It is about the schemas alone: bytes that are not UTF-8 are no string, and a long past 2⁵³ is no
 * `number`, whatever the schemas say.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
 */
export function canRead(reader: Schema, writer: Schema): boolean {
  return incompatibilities(reader, writer).length === 0
}

/**
 * All the reasons why `reader` cannot read values that `writer` can write, those that hold for every
 * value first; none if it can read them all. A pair of types that meets in several places is reported
 * once, for the first. Never throws.
 *
 * @see https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
 */
export function incompatibilities(reader: Schema, writer: Schema): readonly Incompatibility[] {
  const pass: Pass = { always: [], sometimes: [], found: [], seen: new Map(), steps: 0 }
  const root = { writer: writer["~node"], reader: reader["~node"], path: "" }
  pass.always.push(root)
  // Queues and not recursion: types chained by their names nest deeper than the stack. They grow
  // while they are walked, and what always holds comes first, so that it is not reported as less.
  for (const when of ["always", "sometimes"] as const) {
    for (const pair of pass[when]) {
      if (pass.steps > MAX_STEPS) break
      if (isNew(pair, pass)) check(pair, when, pass)
    }
  }
  if (pass.steps > MAX_STEPS) {
    const message = "the schemas are too large to be compared to the end"
    pass.found.push({ path: "", message, when: "sometimes" })
  }
  return pass.found
}

/** Two recursive types of a thousand names each make a million pairs. */
const MAX_STEPS = 1_000_000

type When = Incompatibility["when"]

/** Types of which one has to read the other. */
interface Pair<W = SchemaNode, R = SchemaNode> {
  readonly writer: W
  readonly reader: R
  readonly path: string
}

interface Pass extends Record<When, Pair[]> {
  readonly found: Incompatibility[]
  readonly seen: Map<SchemaNode, Set<SchemaNode>>
  steps: number
}

function isNew({ writer, reader }: Pair, { seen }: Pass): boolean {
  let readers = seen.get(writer)
  if (readers === undefined) seen.set(writer, (readers = new Set()))
  if (writer === reader || readers.has(reader)) return false
  readers.add(reader)
  return true
}

/** Reports what is wrong with a pair itself, and queues the pairs inside it. */
function check(pair: Pair, when: When, pass: Pass): void {
  const { writer, reader, path } = pair
  pass.steps++
  if (writer.type === "union") {
    pass.steps += writer.branches.length
    const ofBranch = writer.branches.length === 1 ? when : "sometimes"
    for (const branch of writer.branches) pass[ofBranch].push({ writer: branch, reader, path })
    return
  }
  if (reader.type === "union") return checkReadersUnion({ writer, reader, path }, when, pass)
  const reason = mismatch(writer, reader)
  if (reason !== undefined) return report(pair, when, reason, pass)
  switch (reader.type) {
    case "array": {
      const { items } = writer as typeof reader
      pass.sometimes.push({ writer: items, reader: reader.items, path: `${path}[*]` })
      return
    }
    case "map": {
      const { values } = writer as typeof reader
      pass.sometimes.push({ writer: values, reader: reader.values, path: `${path}.*` })
      return
    }
    case "enum":
      return checkSymbols({ writer: writer as EnumNode, reader, path }, when, pass)
    case "record":
      return checkFields({ writer: writer as RecordNode, reader, path }, when, pass)
    default:
  }
}

function checkReadersUnion(pair: Pair<SchemaNode, UnionNode>, when: When, pass: Pass): void {
  const { writer, reader, path } = pair
  pass.steps += reader.branches.length
  const branch = matchingBranch(writer, reader)
  if (branch === undefined) {
    return report(pair, when, `the reader's union has no branch for ${branchName(writer)}`, pass)
  }
  const step = reader.wrapped && branch.type !== "null" ? stepTo(branchName(branch)) : ""
  pass[when].push({ writer, reader: branch, path: `${path}${step}` })
}

function checkSymbols(pair: Pair<EnumNode, EnumNode>, when: When, pass: Pass): void {
  const { writer, reader } = pair
  pass.steps += writer.symbols.length
  const unknown = writer.symbols.filter((symbol) => !reader.indices.has(symbol))
  if (unknown.length === 0 || reader.default !== undefined) return
  const names = unknown.slice(0, 10).map(quote).join(", ") + (unknown.length > 10 ? ", …" : "")
  const ofSymbols = unknown.length === writer.symbols.length ? when : "sometimes"
  report(pair, ofSymbols, `the reader's enum has neither ${names} nor a default`, pass)
}

function checkFields(pair: Pair<RecordNode, RecordNode>, when: When, pass: Pass): void {
  const { writer, reader, path } = pair
  pass.steps += writer.fields.length + reader.fields.length
  const sources = new Map(Array.from(matchFields(writer, reader), ([source, target]) => [target, source]))
  for (const field of reader.fields) {
    const source = sources.get(field)
    if (source !== undefined) {
      pass[when].push({ writer: source.type, reader: field.type, path: `${path}${stepTo(field.name)}` })
    } else if (field.default === undefined) {
      const reason = `field ${quote(field.name)} is missing from the writer and has no default; add one`
      report(pair, when, reason, pass)
    }
  }
}

function report({ writer, reader, path }: Pair, when: When, reason: string, { found }: Pass): void {
  const message = `writer's ${branchName(writer)} cannot be read as reader's ${branchName(reader)}: ${reason}`
  found.push({ path, message, when })
}

/** As the path of an error has it: a full name is not one of its own. */
const stepTo = (name: string): string => (name.includes(".") ? `[${quote(name)}]` : `.${name}`)
