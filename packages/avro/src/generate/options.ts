// A schema or protocol made again, as the module will make it: by `parseSchema` or `parseProtocol`, with the
// options that it was made with. They are found in what they did: a long that is a bigint, an annotation
// that was switched off.

import { AvroError, describe } from "../errors.ts"
import type { Limits } from "../limits.ts"
import { type Protocol, parseProtocol } from "../protocol/protocol.ts"
import type { SchemaNode } from "../schema/node.ts"
import { nodesOf } from "../schema/nodes.ts"
import { parseSchema, type Schema, type SchemaOptions } from "../schema/schema.ts"

/** What a module is generated from. */
export interface Remade<T> {
  readonly of: T
  /** As data: what a module can say. */
  readonly options: SchemaOptions
}

/**
 * Makes a schema or a protocol again. Throws `ERR_AVRO_SCHEMA` for a declaration that does not stand by
 * itself, and a `TypeError` for logical types of one's own, whose functions no module can hold.
 */
export function remake<T extends Schema | Protocol>(of: T, limits: Partial<Limits> | undefined): Remade<T> {
  const bounds = limits === undefined ? {} : { limits }
  const given = nodesOf(...rootsOf(of))
  const plain = nodesOf(...rootsOf(parse(of, bounds)))
  if (given.length !== plain.length || given.some(({ type }, index) => type !== plain[index]?.type)) {
    throw new TypeError("the schema is not what its declaration makes; is it the request of a message?")
  }
  const options = { ...optionsOf(given, plain), ...bounds }
  return { of: parse(of, options), options }
}

function parse<T extends Schema | Protocol>(of: T, options: SchemaOptions): T {
  try {
    return ("messages" in of ? parseProtocol(of.text, options) : parseSchema(of.definition, options)) as T
  } catch (error) {
    if (!(error instanceof AvroError)) throw error
    const name = of.name ?? "a schema"
    throw new AvroError(
      error.code,
      `Cannot generate a module of ${name} from its declaration alone: ${error.message}`,
      { cause: error },
    )
  }
}

function rootsOf(of: Schema | Protocol): SchemaNode[] {
  if (!("messages" in of)) return [of["~node"]]
  const ofMessages = Object.values(of.messages).flatMap(({ request, response }) => [request, response])
  return [...of.types.values(), ...ofMessages].map((schema) => schema["~node"])
}

/** The options that made the nodes `given` of declarations that without any make those in `plain`. */
function optionsOf(given: readonly SchemaNode[], plain: readonly SchemaNode[]): SchemaOptions {
  let isBigint = false
  const off = new Set<string>()
  given.forEach((node, index) => {
    const { logicalType } = node
    const usual = plain[index]?.logicalType
    if (logicalType === undefined) {
      if (usual !== undefined) off.add(usual.name)
      if (node.type === "long" && node.bigint) isBigint = true
    } else if (logicalType.isOwn) {
      throw new TypeError(
        `a module cannot hold the functions of the logical type ${describe(logicalType.name)}; ` +
          "generate it of a schema without them, or give the declaration to schema() in a module of your own",
      )
    }
  })
  return {
    ...(isBigint ? { long: "bigint" } : {}),
    ...(off.size > 0 ? { logicalTypes: Object.fromEntries([...off].map((name) => [name, false])) } : {}),
  }
}
