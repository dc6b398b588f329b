// The path of an error in a JSON declaration → the place in the IDL text that it came from.
//
//   .types[2].fields[0].default

import type { Place } from "./source-text.ts"
import type { Placed } from "./to-json.ts"

/** The place of the innermost part on the path that has one. */
export function placeIn({ json, places, defaults }: Placed, path: string): Place | undefined {
  let place = placeOf(json, places)
  let part: unknown = json
  for (const [, name, index, quoted] of path.matchAll(/\.([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)) {
    const step = name ?? index ?? (JSON.parse(quoted as string) as string)
    if (typeof part !== "object" || part === null) break
    if (step === "default") return defaults.get(part) ?? place
    if (!Object.hasOwn(part, step)) break
    part = (part as Record<string, unknown>)[step]
    place = placeOf(part, places) ?? place
  }
  return place
}

const placeOf = (part: unknown, places: Placed["places"]): Place | undefined =>
  typeof part === "object" && part !== null ? places.get(part) : undefined
