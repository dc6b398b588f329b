// Declarations ↔ JSON text. It differs from JavaScript's in one place: the default of a long may be an integer of 64
// bits, and is a bigint past what a number holds exactly. `JSON.parse` would round it, `JSON.stringify` refuses it.

/** What a declaration's text holds. */
export interface DeclarationText {
  /** As `JSON.parse` has it. */
  readonly json: unknown
  /** The integers of 64 bits that it rounded and that are a "default", by the objects that they are in. */
  readonly longs: ReadonlyMap<object, bigint>
}

/** Reads a declaration. Throws what `JSON.parse` throws. */
export function readDeclaration(text: string): DeclarationText {
  const json: unknown = JSON.parse(text)
  const longs = new Map<object, bigint>()
  if (!/"default"\s*:\s*-?\d{16}/.test(text)) return { json, longs }
  // Nobody who writes a declaration knows the mark, and so nobody's strings begin with it.
  const mark = `${Math.random()} ${Math.random()}:`
  const marked = text.replace(STRING_OR_NUMBER, (token) => (isLong(token) ? `"${mark}${token}"` : token))
  const exact: unknown = JSON.parse(marked, function (this: object, key, value: unknown) {
    if (typeof value !== "string" || !value.startsWith(mark)) return value
    const digits = value.slice(mark.length)
    if (key === "default") longs.set(this, BigInt(digits))
    return Number(digits)
  })
  return { json: exact, longs }
}

/** The same with all of them in their places: for whoever does not know yet which of the defaults are of longs. */
export function readExactly(text: string): unknown {
  const { json, longs } = readDeclaration(text)
  for (const [declared, long] of longs) Object.assign(declared, { default: long })
  return json
}

/**
 * The text of a declaration, such as `schema.definition`: as `JSON.stringify` writes it, and with the digits of its
 * bigints, which are defaults of longs past ±(2⁵³−1). Throws what `JSON.stringify` throws for what else is no JSON.
 */
export function declarationText(json: unknown): string {
  try {
    return JSON.stringify(json) // many times as fast
  } catch {
    return textWithBigints(json) // which throws again for anything but a bigint
  }
}

function textWithBigints(json: unknown): string {
  const bigints: bigint[] = []
  const mark = `${Math.random()} ${Math.random()}:`
  const text = JSON.stringify(json, (_key, value: unknown) => {
    if (typeof value !== "bigint") return value
    bigints.push(value)
    return mark
  })
  return text.replaceAll(`"${mark}"`, () => String(bigints.shift()))
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

function isLong(token: string): boolean {
  if (!/^-?\d{16,19}$/.test(token) || Number.isSafeInteger(Number(token))) return false
  const value = BigInt(token)
  return BigInt.asIntN(64, value) === value
}
