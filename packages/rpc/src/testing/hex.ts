// Bytes as tests write them: hex, spaced like the grammar.

export const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex")

export const bytes = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ""), "hex"))

export const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
