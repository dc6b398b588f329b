import { expect, describe as group, test } from "vitest"
import { AvroError, describe, explained, inside, invalidSchema, quote } from "./errors.ts"

group("describe shows a value short", () => {
  class Person {
    readonly name = "Ada"
  }
  test.for([
    [null, "null"],
    [undefined, "undefined"],
    [-0, "0"],
    [Number.NaN, "NaN"],
    [true, "true"],
    [12n, "12n"],
    [10n ** 100n, `1${"0".repeat(58)}…`],
    ["a\n", '"a\\n"'],
    ["x".repeat(61), `"${"x".repeat(59)}…"`],
    [Symbol("secret"), "a symbol"],
    [(): void => {}, "a function"],
    [new Uint8Array(3), "3 bytes"],
    [[1, 2], "an array of 2"],
    [{ a: 1 }, "an object"],
    [Object.create(null), "an object"],
    [new Date(0), "a Date"],
    [new Map(), "a Map"],
    [new Person(), "a Person"],
    [{ constructor: { name: "Lie" } }, "an object"],
    [Object.create({ constructor: { name: 7 } }), "an object"],
  ] as const)("%s", ([value, shown]) => {
    expect(describe(value)).toBe(shown)
  })
})

test("quote cuts a long text to 60 characters", () => {
  expect(quote("x".repeat(60))).toBe(`"${"x".repeat(60)}"`)
  expect(quote("x".repeat(61))).toBe(`"${"x".repeat(59)}…"`)
})

group("a path", () => {
  test("grows from the inside out: names after dots, items and other keys in brackets", () => {
    const error = new AvroError("ERR_AVRO_VALUE", "wrong")
    for (const step of ["email", 3, "a b", "", "__proto__", "friends"]) inside(error, step)
    expect(error.path).toBe('.friends.__proto__[""]["a b"][3].email')
  })

  test("is left out of errors that are not ours", () => {
    const error = new TypeError("theirs")
    expect(inside(error, "a")).toBe(error)
    expect(explained(error, "Cannot encode R")).toBe(error)
  })

  test("stands before the message, after what was attempted, and the cause is kept", () => {
    const error = new AvroError("ERR_AVRO_DATA", "wrong", { path: ".a[0]" })
    const shown = explained(error, "Cannot decode R")
    expect(shown).toMatchObject({
      code: "ERR_AVRO_DATA",
      path: ".a[0]",
      message: "Cannot decode R.a[0]: wrong",
      cause: error,
    })
  })

  test("is cut in the middle of a message when it is long, and whole in the error", () => {
    const path = `.start${".x".repeat(200)}.end`
    const shown = explained(new AvroError("ERR_AVRO_DATA", "wrong", { path }), "Cannot decode R") as AvroError
    expect(shown.path).toBe(path)
    expect(shown.message).toMatch(/^Cannot decode R\.start[.x]+….*\.end: wrong$/)
    expect(shown.message.length).toBeLessThan(160)
  })
})

test("an AvroError is known by its brand, also from another copy of the package", () => {
  const foreign = Object.assign(new Error("x"), { [Symbol.for("avrolet.AvroError")]: true })
  expect(foreign).toBeInstanceOf(AvroError)
  expect(new Error("x")).not.toBeInstanceOf(AvroError)
  expect(null).not.toBeInstanceOf(AvroError)
  expect(new AvroError("ERR_AVRO_DATA", "x")).toMatchObject({
    name: "AvroError",
    path: "",
    code: "ERR_AVRO_DATA",
  })
})

test("a schema's error says where in it", () => {
  expect(invalidSchema("", "wrong").message).toBe("Invalid schema: wrong")
  expect(invalidSchema(".fields[2].type", "wrong").message).toBe("Invalid schema at fields[2].type: wrong")
  expect(invalidSchema("[2]", "wrong").message).toBe("Invalid schema at [2]: wrong")
})
