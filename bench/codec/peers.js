// @ts-check
// How each codec encodes and decodes a sample. A codec is loaded only when it is asked for, so that a
// process that measures one codec's memory holds no other.
//
// An operation is source text, not a function: the loop around it is made from text too (measure.js),
// so that every operation has a call site of its own, as `encode(Order, order)` has in a program.

import { pathToFileURL } from "node:url"

/** @typedef {import("./schemas.js").Sample} Sample */

/**
 * @typedef {object} Operation
 * @property {string} expression What is done with `input`.
 * @property {Record<string, unknown>} constants What the expression names besides.
 */

/**
 * @typedef {object} Codec
 * @property {unknown[]} inputs The sample's values as this codec takes them.
 * @property {unknown[]} [expected] What decoding gives, where it is not `inputs`.
 * @property {Operation} [encode] To bytes of the caller's; none in a sample of resolution.
 * @property {Operation} [encodeInto] To a buffer that the codec's user keeps and overwrites.
 * @property {Operation} decode
 * @property {(decoded: any) => unknown} [restore] Makes what was decoded comparable.
 * @property {Uint8Array[]} encoded What `decode` gets; ours are avsc's.
 */

/** @typedef {"avsc" | "emitted" | "closures" | "msgpackr" | "json" | "protobufjs"} PeerName */

/** avsc comes first: it is what the others are compared with. */
export const peerNames = /** @type {const} */ ([
  "avsc",
  "emitted",
  "closures",
  "msgpackr",
  "json",
  "protobufjs",
])

/**
 * @param {PeerName} name
 * @param {string} builds The folder with the two copies of ours; see builds.js.
 * @returns {Promise<(sample: Sample) => Codec | undefined>} `undefined` for what the codec has not.
 */
export async function loadPeer(name, builds) {
  switch (name) {
    case "avsc":
      return loadAvsc()
    case "msgpackr":
      return loadMsgpackr()
    case "json":
      return json
    case "protobufjs":
      return loadProtobufjs()
    default:
      return loadOurs(`${builds}/${name}`)
  }
}

/** @param {string} build */
async function loadOurs(build) {
  const load = (/** @type {string} */ file) => import(pathToFileURL(`${build}/dist/${file}`).href)
  /** @type {typeof import("@avrolet/avro")} */
  const { decode, encode, encodeInto, parseSchema } = await load("index.js")
  /** @type {typeof import("@avrolet/avro/binary")} */
  const { createWriter } = await load("binary/index.js")

  return (/** @type {Sample} */ sample) => {
    const schema = parseSchema(sample.schema)
    const inputs = sample.values()
    if (sample.writer !== undefined) {
      const writer = parseSchema(sample.writer)
      return {
        inputs,
        encoded: inputs.map((value) => Buffer.from(encode(writer, value))),
        decode: {
          expression: "decode(schema, input, options)",
          constants: { decode, schema, options: { writer } },
        },
      }
    }
    return {
      inputs,
      encoded: inputs.map((value) => Buffer.from(encode(schema, value))),
      encode: { expression: "encode(schema, input)", constants: { encode, schema } },
      encodeInto: {
        expression: "(writer.truncate(0), encodeInto(schema, input, writer))",
        constants: { encodeInto, schema, writer: createWriter() },
      },
      decode: { expression: "decode(schema, input)", constants: { decode, schema } },
    }
  }
}

async function loadAvsc() {
  const { default: avsc } = await import("avsc")
  const logicalTypes = avscLogicalTypes(avsc.types.LogicalType)
  const parse = (/** @type {object} */ schema) =>
    avsc.Type.forSchema(/** @type {any} */ (schema), { logicalTypes })

  return (/** @type {Sample} */ sample) => {
    const type = parse(sample.schema)
    const inputs = sample.values()
    if (sample.writer !== undefined) {
      const writer = parse(sample.writer)
      return {
        inputs,
        encoded: inputs.map((value) => Buffer.from(writer.toBuffer(value))),
        decode: {
          expression: "type.fromBuffer(input, resolver)",
          constants: { type, resolver: type.createResolver(writer) },
        },
      }
    }
    return {
      inputs,
      encoded: inputs.map((value) => Buffer.from(type.toBuffer(value))),
      encode: { expression: "type.toBuffer(input)", constants: { type } },
      encodeInto: {
        expression: "type.encode(input, buffer, 0)",
        constants: { type, buffer: Buffer.alloc(65_536) },
      },
      decode: { expression: "type.fromBuffer(input)", constants: { type } },
    }
  }
}

/**
 * avsc has no logical types of its own; these are what its users write. The decimal is made for the
 * sample's (two digits behind the point, twelve in all), so a number holds it.
 * @param {new (...args: any[]) => object} LogicalType
 * @returns {any}
 */
function avscLogicalTypes(LogicalType) {
  const day = 86_400_000
  class AvscDate extends LogicalType {
    _fromValue(/** @type {number} */ days) {
      return new Date(days * day)
    }
    _toValue(/** @type {unknown} */ value) {
      return value instanceof Date ? Math.floor(value.getTime() / day) : undefined
    }
  }
  class AvscTimestamp extends LogicalType {
    _fromValue(/** @type {number} */ millis) {
      return new Date(millis)
    }
    _toValue(/** @type {unknown} */ value) {
      return value instanceof Date ? value.getTime() : undefined
    }
  }
  class AvscDecimal extends LogicalType {
    _fromValue(/** @type {Buffer} */ bytes) {
      const unscaled = bytes.readIntBE(0, bytes.length)
      const digits = String(Math.abs(unscaled)).padStart(3, "0")
      return `${unscaled < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`
    }
    _toValue(/** @type {unknown} */ value) {
      if (typeof value !== "string" || !/^-?\d+\.\d\d$/.test(value)) return undefined
      const unscaled = Number(value.replace(".", ""))
      let size = 1
      while (unscaled < -(2 ** (8 * size - 1)) || unscaled >= 2 ** (8 * size - 1)) size++
      const bytes = Buffer.allocUnsafe(size)
      bytes.writeIntBE(unscaled, 0, size)
      return bytes
    }
  }
  return { date: AvscDate, "timestamp-millis": AvscTimestamp, decimal: AvscDecimal }
}

/** One packer a sample, which has learnt the shapes of the sample's records before it is measured. */
async function loadMsgpackr() {
  const { Packr } = await import("msgpackr")

  return (/** @type {Sample} */ sample) => {
    if (sample.writer !== undefined) return undefined
    const inputs = sample.values()
    const packr = new Packr({ structures: [], useRecords: sample.manyKeys !== true })
    for (const input of inputs) packr.pack(input)
    return {
      inputs,
      encoded: inputs.map((input) => Buffer.from(packr.pack(input))),
      encode: { expression: "packr.pack(input)", constants: { packr } },
      decode: { expression: "packr.unpack(input)", constants: { packr } },
    }
  }
}

/**
 * JSON at its best: bytes are base64 and dates are text before the clock runs, and stay so after it.
 * @param {Sample} sample
 * @returns {Codec | undefined}
 */
function json(sample) {
  if (sample.writer !== undefined) return undefined
  const inputs = sample.values().map(inJson)
  return {
    inputs,
    encoded: inputs.map((input) => Buffer.from(JSON.stringify(input))),
    encode: { expression: "Buffer.from(JSON.stringify(input))", constants: {} },
    decode: { expression: "JSON.parse(input.toString())", constants: {} },
  }
}

/** @param {unknown} value @returns {unknown} */
function inJson(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(inJson)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inJson(item)]))
}

/** By reflection, which generates code; 64-bit integers as numbers. Nulls are fields left out. */
async function loadProtobufjs() {
  const { default: protobuf } = await import("protobufjs")
  Object.assign(protobuf.util, { Long: undefined })
  protobuf.configure()

  return (/** @type {Sample} */ sample) => {
    const { proto, toProto = (/** @type {unknown} */ value) => value } = sample
    if (proto === undefined) return undefined
    const { root } = protobuf.parse(`syntax = "proto3"; ${proto}`, { keepCase: true })
    // Before its first use, or repeated fields are not packed.
    root.resolveAll()
    const message = root.lookupType("M")
    const inputs = sample.values().map(toProto)
    return {
      inputs,
      expected: inputs.map(withoutNulls),
      encoded: inputs.map((input) => Buffer.from(message.encode(input).finish())),
      encode: { expression: "message.encode(input).finish()", constants: { message } },
      decode: { expression: "message.decode(input)", constants: { message } },
      restore: (/** @type {any} */ decoded) => withoutNulls(message.toObject(decoded, { defaults: true })),
    }
  }
}

/** @param {unknown} value @returns {unknown} */
function withoutNulls(value) {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  )
}
