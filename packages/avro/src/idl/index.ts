// Avro's IDL: the language that people write schemas and protocols in.

export type { LoadedFile, LoadFile } from "./file-loader.ts"
export { type FormatIdlOptions, formatIdl } from "./format-idl.ts"
export { type IdlFile, type ParseIdlOptions, parseIdl, protocolOf, schemaOf, schemasOf } from "./parse-idl.ts"
export { type ReadIdlOptions, readIdl } from "./read-idl.ts"
