// What generated modules with codecs import.

export { type EmittedCodec, type EmittedCodecs, withCodecs } from "./ahead-of-time.ts"
