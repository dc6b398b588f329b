// Schema declarations changed at random, for readers that differ from their writers.

type Json = Record<string, unknown>

const primitives = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]

/**
 * A declaration with some of its parts changed: each of `choices` decides, in turn, what becomes of one
 * part. Not every result is a valid schema.
 */
export function mutated(definition: unknown, choices: readonly number[]): unknown {
  let taken = 0
  const choose = (): number => choices[taken++ % choices.length] ?? 0
  const change = (json: unknown): unknown => {
    const choice = choose()
    if (typeof json === "string") {
      return primitives.includes(json) && choice % 5 === 0 ? pick(primitives, choose()) : json
    }
    if (Array.isArray(json)) return changeUnion(json.map(change), choice)
    const declaration = json as Json
    if (choice % 11 === 0 && declaration["type"] !== "record") return ["null", declaration]
    switch (declaration["type"]) {
      case "record": {
        const fields = declaration["fields"] as Json[]
        const changed = fields.map((field) => ({ ...field, type: change(field["type"]) }))
        return { ...declaration, fields: changeFields(changed, choice) }
      }
      case "enum":
        return changeSymbols(declaration, choice)
      case "fixed":
        return choice % 4 === 0 ? { ...declaration, size: choice % 3 } : declaration
      case "array":
        return { ...declaration, items: change(declaration["items"]) }
      case "map":
        return { ...declaration, values: change(declaration["values"]) }
      default:
        return choice % 3 === 0 ? declaration["type"] : declaration
    }
  }
  return change(definition)
}

function changeUnion(branches: unknown[], choice: number): unknown {
  switch (choice % 6) {
    case 0:
      return branches.slice(1)
    case 1:
      return branches.toReversed()
    case 2:
      return [...branches, pick(primitives, choice)]
    case 3:
      return branches[0]
    default:
      return branches
  }
}

function changeFields(fields: Json[], choice: number): Json[] {
  const [first, ...rest] = fields
  switch (choice % 8) {
    case 0:
      return rest
    case 1:
      return fields.toReversed()
    case 2:
      return [...fields, { name: "addedWithout", type: "int" }]
    case 3:
      return [{ name: "addedWith", type: "int", default: 1 }, ...fields]
    case 4:
      return first === undefined ? [] : [{ ...first, name: "renamed", aliases: [first["name"]] }, ...rest]
    default:
      return fields
  }
}

function changeSymbols(declaration: Json, choice: number): Json {
  const symbols = declaration["symbols"] as string[]
  switch (choice % 4) {
    case 0:
      return { ...declaration, symbols: symbols.slice(1) }
    case 1:
      return { ...declaration, symbols: ["OTHER", ...symbols.slice(1)], default: "OTHER" }
    case 2:
      return { ...declaration, name: "Other" }
    default:
      return declaration
  }
}

const pick = <T>(from: readonly T[], choice: number): T => from[choice % from.length] as T
