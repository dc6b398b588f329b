// What types are called in a module: by their simple names; where an earlier one has that, by their full
// names with "_" for every dot; and with a number behind it if that is taken too.
//
//   a.User, b.User, b.Role  →  User, b_User, Role

import { simpleName } from "../schema/names.ts"

/** The identifiers of one module. */
export class Identifiers {
  readonly #taken: Set<string>

  /** `given` is a name that was chosen already. */
  constructor(given?: string) {
    this.#taken = new Set(given === undefined ? reserved : [...reserved, given])
  }

  /** An identifier for a type: adding another of its simple name behind it does not rename it. */
  ofType(fullName: string): string {
    return this.claim(simpleName(fullName), fullName.replaceAll(".", "_"))
  }

  /** The first of `wanted` that is free, or else the last with something behind it. */
  claim(...wanted: readonly string[]): string {
    const last = wanted.at(-1) as string
    let name = [...wanted, `${last}_`].find((one) => !this.#taken.has(one))
    for (let count = 2; name === undefined; count++) {
      if (!this.#taken.has(`${last}_${count}`)) name = `${last}_${count}`
    }
    this.#taken.add(name)
    return name
  }
}

/** Whether a property of this name needs no quotes. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name)
}

/** Whether a module can export something of this name. */
export function isFree(name: string): boolean {
  return isIdentifier(name) && !reserved.has(name)
}

/** Names that mean something to TypeScript, or that a generated module refers to itself. */
const reserved: ReadonlySet<string> = new Set(
  `break case catch class const continue debugger default delete do else enum export extends false finally
  for function if import in instanceof new null return super switch this throw true try typeof var void while
  with implements interface let package private protected public static yield await async arguments eval
  any bigint boolean never number object string symbol undefined unknown type
  as asserts infer is keyof readonly unique
  NaN Infinity Array BigInt Date Math Number Object Uint8Array
  Schema Protocol parseSchema parseProtocol withCodecs`.split(/\s+/),
)
