// Schemas, values, bytes and protocols, in the order one meets them.

export { AvroError, type AvroErrorCode } from "./errors.ts"
export type { Limits } from "./limits.ts"
export type {
  ErrorTypes,
  InferErrors,
  InferMessages,
  MessageTypes,
  ProtocolDefinition,
} from "./protocol/infer-protocol.ts"
export type { Message } from "./protocol/message.ts"
export { type Protocol, type ProtocolFor, parseProtocol, protocol } from "./protocol/protocol.ts"
export type { ProtocolLiteral } from "./protocol/protocol-literal.ts"
export type { FieldDefinition, SchemaDefinition } from "./schema/definition.ts"
export type { AvroTypeError } from "./schema/infer.ts"
export type { SchemaLiteral } from "./schema/literal.ts"
export {
  type AnnotatedDeclaration,
  type LogicalTypeDefinition,
  logicalType,
} from "./schema/own-logical-types.ts"
export {
  type InputOf,
  parseSchema,
  type Schema,
  type SchemaFor,
  type SchemaOptions,
  schema,
  type ValueOf,
} from "./schema/schema.ts"
export { type DecodeOptions, decode, decodeFrom } from "./value/decode.ts"
export { type EncodeOptions, encode, encodeInto } from "./value/encode.ts"
