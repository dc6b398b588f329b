// Avro's binary encoding, value by value, for people who build wire formats on it.

export { bytesOf } from "./bytes-of.ts"
export { createReader, type InvalidUtf8, type Reader } from "./reader.ts"
export { StringCache } from "./string-cache.ts"
export { createWriter, type Writer } from "./writer.ts"
