// Everything that is public in @avrolet/dns.

export type { LookupEvent } from "./diagnostics.ts"
export type { LookupError, LookupErrorCode } from "./errors.ts"
export { createLookup, type Lookup, lookup } from "./lookup.ts"
export type { CreateLookupOptions } from "./settings.ts"
