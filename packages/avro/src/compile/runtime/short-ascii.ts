// Strings of a few ASCII characters, made in one call with as many arguments: 8 to 31 ns, where V8's own
// routine takes 64 (Node 20). There is a case for each length, so the text of the function is made by a
// loop; where code generation from strings is forbidden the arguments come out of an array: 14 to 55 ns.

import { canGenerate } from "../can-generate.ts"

/** The longest string that `readShortAscii` makes. */
export const SHORT_ASCII = 24

/** The text of `length` bytes from `start` on; `undefined` if one of them is not ASCII. */
export const readShortAscii: (bytes: Uint8Array, start: number, length: number) => string | undefined =
  canGenerate() ? generate() : spread

function generate(): typeof readShortAscii {
  const cases = Array.from({ length: SHORT_ASCII + 1 }, (_case, length) => {
    const codes = Array.from({ length }, (_code, index) => `c${index}`)
    const reads = codes.map((code, index) => `${code} = bytes[start + ${index}]`)
    if (length === 0) return 'case 0: return ""'
    return `case ${length}: { const ${reads.join(", ")}; if ((${codes.join(" | ")}) < 128) return make(${codes.join(", ")}) }`
  })
  // Each case falls through to the next when its bytes are not ASCII, and out at the end: a `break` between them.
  const body = `"use strict"; return (bytes, start, length) => { switch (length) { ${cases.join("; break;\n")} } }`
  return new Function("make", body)(String.fromCharCode) as typeof readShortAscii
}

/** An array of each length, to be filled and spread again and again. */
const argumentsOf = Array.from({ length: SHORT_ASCII + 1 }, (_none, length) =>
  Array.from({ length }, () => 0),
)

function spread(bytes: Uint8Array, start: number, length: number): string | undefined {
  const codes = argumentsOf[length] as number[]
  let all = 0
  for (let index = 0; index < length; index++) {
    const code = bytes[start + index] as number
    codes[index] = code
    all |= code
  }
  return all < 0x80 ? String.fromCharCode(...codes) : undefined
}
