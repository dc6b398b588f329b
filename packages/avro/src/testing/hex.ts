// Bytes as tests write them: hexadecimal, spaced where it helps the reader.

export const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex")

export const bytes = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"))

/** Golden text without its spaces. */
export const compact = (text: string): string => text.replaceAll(" ", "")
