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
export { canRead, type Incompatibility, incompatibilities } from "./resolution/can-read.ts"
export { canonicalForm } from "./schema/canonical-form.ts"
export { declarationText } from "./schema/declaration-text.ts"
export type { FieldDefinition, SchemaDefinition } from "./schema/definition.ts"
export { type FingerprintAlgorithm, fingerprint } from "./schema/fingerprint.ts"
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
export { createSchemaStore, type SchemaStore, type SchemaStoreOptions } from "./schema/store.ts"
export {
  type DecodeSingleObjectOptions,
  decodeSingleObject,
  encodeSingleObject,
  singleObjectFingerprint,
} from "./single-object.ts"
export { type CompareOptions, compare } from "./value/compare.ts"
export { compareBytes } from "./value/compare-bytes.ts"
export { type DecodeOptions, decode, decodeFrom } from "./value/decode.ts"
export { type DecodeJsonOptions, decodeJson } from "./value/decode-json.ts"
export { type EncodeOptions, encode, encodeInto } from "./value/encode.ts"
export { encodeJson } from "./value/encode-json.ts"
export { type InferSchemaOptions, inferSchema } from "./value/infer-schema.ts"
export type { Ordering } from "./value/order.ts"
export { type RandomValueOptions, randomValue } from "./value/random.ts"
