// Declarations, shorter than JSON writes them.

export const record = (name: string, ...fields: unknown[]): object => ({ type: "record", name, fields })
export const field = (name: string, type: unknown, more: object = {}): object => ({ name, type, ...more })
export const symbols = (name: string, list: readonly unknown[], more: object = {}): object => ({
  type: "enum",
  name,
  symbols: list,
  ...more,
})
export const fixed = (name: string, size: number, more: object = {}): object => ({
  type: "fixed",
  name,
  size,
  ...more,
})
export const array = (items: unknown): object => ({ type: "array", items })
export const map = (values: unknown): object => ({ type: "map", values })
