const EMPTY = new Uint8Array(0)

/** All bytes in one piece. One alone is not copied. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = EMPTY] = parts
  if (parts.length < 2) return first
  const all = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let position = 0
  for (const part of parts) {
    all.set(part, position)
    position += part.length
  }
  return all
}
