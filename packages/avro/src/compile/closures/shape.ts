// Where the records of one schema begin. All objects that begin as `{}` share one tree of shapes in V8,
// which gives up on it when some map has brought in a few thousand keys: every record in the process is
// then a hash table, and takes ten times as long to build (16.6 µs and 1.8 µs, Node 20).

/** Makes plain, empty objects. */
export type Shape = new () => Record<string, unknown>

/** A shape shared with nobody else, for objects of as many properties. */
export function createShape(properties: number): Shape {
  const shape = properties > MANY ? createRoomy() : createPlain()
  shape.prototype = Object.prototype
  return shape
}

const MANY = 8

function createPlain(): Shape {
  return function Plain(): void {} as unknown as Shape
}

/**
 * V8 makes room in an object for the properties that the text of its constructor sets, and takes back what
 * the first few objects do not use. An object that sets more turns into a hash table: one of fifty
 * properties takes 1700 ns then, and 740 with this room (Node 20).
 */
function createRoomy(): Shape {
  function Roomy(this: Record<string, unknown>, never?: unknown): void {
    if (never === undefined) return
    this["a"] = this["b"] = this["c"] = this["d"] = this["e"] = this["f"] = this["g"] = this["h"] = never
    this["i"] = this["j"] = this["k"] = this["l"] = this["m"] = this["n"] = this["o"] = this["p"] = never
    this["q"] = this["r"] = this["s"] = this["t"] = this["u"] = this["v"] = this["w"] = this["x"] = never
  }
  return Roomy as unknown as Shape
}
